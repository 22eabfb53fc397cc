/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cmd.h"
#include "cli/group.h"
#include "fs/mount.h"
#include "session/session.h"

static int show_version;

static const struct opt main_options[] = {
	OPT_FLAG('V', "version", &show_version, "print the version"),
	OPT_COLOR,
	OPT_NO_PAGER,
	OPT_END,
};

static void tell_dead(const struct session *s, const char *path)
{
	const char *name = session_label(s);

	out_note("the view at %s had lost its daemon and is unmounted now; "
		 "nothing of session %s is lost, scrim mount --session %s goes "
		 "on with it", path, name, name);
}

static int run_command(const struct command *c, int argc, char **argv)
{
	int flags = c->flags & CMD_RUNS ? OPT_FIRST_OPERAND_ENDS : 0;
	struct err err = ERR_INIT;
	int ret;

	ret = opt_parse(c->options, flags, &argc, argv, &err);
	if (ret < 0)
		return out_usage(c->name, "%s", err.msg);
	if (ret > 0) {
		command_help(stdout, c);
		return STATUS_DONE;
	}
	if (argc < c->min)
		return out_usage(c->name, "an operand is missing: %s", c->args);
	if (c->max >= 0 && argc > c->max)
		return out_usage(c->name, "one operand too many: '%s'",
				 argv[c->max]);
	if (!(c->flags & (CMD_HIDDEN | CMD_UNMOUNTS)))
		mount_clean(opt_common.state_dir, tell_dead);
	if (c->flags & CMD_PAGED && !opt_common.json)
		out_pager();
	return group_command(c, argc, argv);
}

static int run(int argc, char **argv)
{
	const struct command *c;
	struct err err = ERR_INIT;
	int ret;

	ret = opt_parse(main_options, OPT_FIRST_OPERAND_ENDS, &argc, argv, &err);
	if (ret < 0)
		return out_usage(NULL, "%s", err.msg);
	if (ret > 0) {
		command_list(stdout);
		return STATUS_DONE;
	}
	if (show_version) {
		printf("scrim %s\n", PACKAGE_VERSION);
		return STATUS_DONE;
	}
	if (!argc) {
		command_list(stderr);
		return STATUS_USAGE;
	}
	c = command_find(argv[0]);
	if (!c)
		return command_unknown(argv[0]);
	return run_command(c, argc - 1, argv + 1);
}

static int is_mount_helper(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return !strcmp(slash ? slash + 1 : argv0, "mount.scrim");
}

int main(int argc, char **argv)
{
	if (out_init() || argc < 1)
		return STATUS_FAILED;
	setlocale(LC_CTYPE, "");
	/* whoever ignores it gets no status of a child */
	signal(SIGCHLD, SIG_DFL);
	/* what we could not read ourselves would be of no use */
	umask(umask(0) & 077);
	if (is_mount_helper(argv[0]))
		return out_finish(mount_helper(argc, argv));
	return out_finish(run(argc - 1, argv + 1));
}
