/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/begin.h"
#include "cli/cmd.h"
#include "cli/gitkeep.h"
#include "cli/preflight.h"
#include "cli/viewopt.h"
#include "fs/mount.h"
#include "session/session.h"
#include "util/esc.h"
#include "util/io.h"
#include "util/json.h"

static struct opt_list fuse_options;
static int foreground, debug, no_uring;

static const struct opt options[] = {
	OPT_VIEW_NAME,
	OPT_STRING('s', "session", "SESSION", &opt_common.session,
		   "go on with this session"),
	OPT_STATE_DIR,
	OPT_RULES,
	OPT_VIEW,
	OPT_KEEPING,
	OPT_LIST('o', "options", "OPTION,...", &fuse_options,
		 "mount options: allow_other, ro, noexec, suid, dev, ..."),
	OPT_FLAG('f', "foreground", &foreground, "serve until unmounted"),
	OPT_FLAG('d', "debug", &debug, "trace requests on stderr; with -f"),
	OPT_FLAG(0, "no-uring", &no_uring, "use /dev/fuse, not io_uring"),
	OPT_JSON,
	OPT_END,
};

/* What one mount is asked to do, by the command line or by mount(8). */
struct request {
	struct mountopt opt;
	const char *workspace;	/* NULL with a session */
	const char *mountpoint;
	int begin_flags;
	int foreground, debug, no_uring;
	int fake;		/* mount -f: all but the mount */
};

/* ========== the mount ========== */

/* Runs in the daemon, which holds the session's lock by then. */
struct note {
	struct session *session;
	const char *mountpoint;
};

static int note_mountpoint(void *payload, struct err *err)
{
	struct note *n = payload;

	return session_set_mountpoint(n->session, n->mountpoint, err);
}

static int serve(const struct request *r, struct begin *b,
		 const char *mountpoint, struct err *err)
{
	struct note note = { b->session, mountpoint };
	struct mount_options o = {
		.session = b->session,
		.policy = b->policy,
		.mountpoint = mountpoint,
		.fuse_options = b->opt.fuse.len ? b->opt.fuse.ptr : NULL,
		.foreground = r->foreground,
		.debug = r->debug,
		.no_uring = r->no_uring,
		.threads = mountopt_threads(&b->opt),
		.ready = note_mountpoint,
		.payload = &note,
	};
	int ret;

	mountopt_limits(&b->opt, &o.max_size, &o.max_files);
	mountopt_checkpoints(&b->opt, &o.checkpoint, &o.keep);
	ret = gitkeep_start(b->session, b->policy, &o.git_fd, err);
	if (!ret)
		ret = mount_serve(&o, err);
	io_close(&o.git_fd);
	return ret;
}

static void tell(const struct begin *b, const char *mountpoint)
{
	const struct session *s = b->session;
	json_t *o;

	if (opt_common.json) {
		o = json_object();
		json_object_set_new(o, "id", json_string(s->id));
		jout_name(o, "name", s->name);
		jout_name(o, "workspace", s->workspace);
		jout_name(o, "mountpoint", mountpoint);
		jout_name(o, "git", s->git);
		jout_name(o, "git_line", b->git.ptr);
		jout_print(stdout, o);
		json_decref(o);
		out_told("the view is mounted");
		return;
	}
	printf("session %s: ", session_label(s));
	esc_puts(stdout, s->workspace);
	fputs(" is shown at ", stdout);
	esc_puts(stdout, mountpoint);
	putchar('\n');
	out_told("the view is mounted");
	out_note("git: %s", b->git.ptr);
}

static int do_mount(const struct request *r, int talk, struct err *err)
{
	struct begin b = BEGIN_INIT;
	char *mountpoint = NULL;
	int ret;

	ret = begin_open(&b, &r->opt, r->workspace, r->begin_flags, err);
	if (!ret)
		ret = preflight_mountpoint(r->mountpoint, b.workspace,
					   &mountpoint, err);
	if (!ret)
		ret = preflight_fuse(err);
	if (!ret)
		ret = preflight_options(b.opt.fuse.ptr, err);
	if (ret || r->fake)
		goto out;
	ret = begin_commit(&b, err);
	if (ret)
		goto out;
	if (talk && r->foreground)
		tell(&b, mountpoint);
	ret = serve(r, &b, mountpoint, err);
	if (ret)
		begin_undo(&b);
	else if (talk && !r->foreground)
		tell(&b, mountpoint);
out:
	free(mountpoint);
	begin_close(&b);
	return ret;
}

/* ========== scrim mount ========== */

/* Words of -o, then the options that have a name of their own. */
static int gather(struct mountopt *m, struct err *err)
{
	int ret = 0;

	for (size_t i = 0; i < fuse_options.n && !ret; i++)
		ret = mountopt_parse(m, fuse_options.at[i], 0, err);
	return ret ? ret : viewopt_gather(m, err);
}

static int mount_command(int argc, char **argv)
{
	struct request r = {
		.opt = MOUNTOPT_INIT,
		.workspace = argc > 1 ? argv[0] : NULL,
		.mountpoint = argv[argc - 1],
		.foreground = foreground || debug,
		.debug = debug,
		.no_uring = no_uring,
	};
	struct err err = ERR_INIT;
	int status = STATUS_DONE;

	if (gather(&r.opt, &err))
		status = out_usage("mount", "%s", err.msg);
	else if (argc < 2 && !r.opt.session)
		status = out_usage("mount", "an operand is missing: DIR "
				   "MOUNTPOINT, or --session with MOUNTPOINT");
	else if (do_mount(&r, 1, &err))
		status = out_err(&err);
	mountopt_release(&r.opt);
	return status;
}

const struct command cmd_mount = {
	.name = "mount",
	.fn = mount_command,
	.args = "[DIR] MOUNTPOINT",
	.summary = "show a workspace without its secrets at an empty directory",
	.about =
		"Serves in the background, and returns when the view answers.\n"
		"What is written to the view lands in the session; DIR is not\n"
		"touched. With --session, DIR may be left out.\n",
	.options = options,
	.min = 1,
	.max = 2,
};

/* ========== mount.scrim ========== */

/* Exit codes of mount(8). */
enum { HELPER_DONE = 0, HELPER_USAGE = 1, HELPER_FAILED = 32 };

static int helper_usage(void)
{
	fputs("usage: mount.scrim WORKSPACE MOUNTPOINT [-sfnv] [-o OPTIONS]\n",
	      stderr);
	return HELPER_USAGE;
}

/* The options; -o is parsed in a second pass, since -s may follow it. */
static int helper_options(int argc, char **argv, struct request *r,
			  struct err *err)
{
	struct opt_list words = { NULL, 0 };
	int c, flags = 0, ret = 0;

	while (!ret && (c = getopt(argc, argv, "sfnvN:o:t:")) != -1) {
		const char **at;

		if (c == '?')
			ret = -EINVAL;
		flags |= c == 's' ? MOUNTOPT_SLOPPY : 0;
		r->fake |= c == 'f';
		if (c != 'o')
			continue;
		at = realloc(words.at, (words.n + 1) * sizeof(*at));
		if (!at) {
			ret = err_errno(err, -ENOMEM, "mount options");
			break;
		}
		words.at = at;
		words.at[words.n++] = optarg;
	}
	for (size_t i = 0; i < words.n && !ret; i++)
		ret = mountopt_parse(&r->opt, words.at[i], flags, err);
	free(words.at);
	return ret;
}

int mount_helper(int argc, char **argv)
{
	struct request r = {
		.opt = MOUNTOPT_INIT,
		.begin_flags = BEGIN_MAKE_SESSION,
	};
	struct err err = ERR_INIT;
	int status = HELPER_DONE;

	if (helper_options(argc, argv, &r, &err)) {
		if (*err.msg)
			out_err(&err);
		status = helper_usage();
	} else if (argc - optind != 2) {
		status = helper_usage();
	} else {
		r.workspace = argv[optind];
		r.mountpoint = argv[optind + 1];
		if (do_mount(&r, 0, &err)) {
			out_err(&err);
			status = HELPER_FAILED;
		}
	}
	mountopt_release(&r.opt);
	return status;
}
