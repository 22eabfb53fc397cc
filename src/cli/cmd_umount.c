/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/preflight.h"
#include "fs/mount.h"
#include "session/session.h"
#include "util/path.h"

static int lazy;

static const struct opt options[] = {
	OPT_FLAG('l', "lazy", &lazy,
		 "detach at once; the view goes when no one uses it"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_END,
};

static int of_session(char **out, struct err *err)
{
	struct session_where where = {
		.state_dir = opt_common.state_dir,
		.session = opt_common.session,
	};
	struct session *s = NULL;
	int ret;

	ret = session_open(&s, &where, err);
	if (!ret) {
		*out = session_mountpoint(s);
		if (!*out)
			ret = err_set(err, -ENOENT, "session %s is not mounted",
				      session_label(s));
	}
	session_close(s);
	return ret;
}

/* Is this view of the workspace that holds dir, or does it hold dir itself? */
static int concerns(const struct session *s, const char *mountpoint,
		    const char *dir)
{
	return path_is_below(dir + 1, mountpoint + 1) ||
	       (s->workspace && path_is_below(dir + 1, s->workspace + 1));
}

static int choose(const struct session_list *list, const char *dir, char **out,
		  struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		char *at = session_mountpoint(list->at[i]);

		if (!at || !concerns(list->at[i], at, dir)) {
			free(at);
			continue;
		}
		if (*out) {
			err_set(err, -ENOTUNIQ, "more than one view is mounted: "
				"say %s or %s", *out, at);
			free(at);
			return -ENOTUNIQ;
		}
		*out = at;
	}
	if (!*out)
		return err_set(err, -ENOENT, "no view of a workspace that holds "
			       "%s is mounted; scrim list shows all", dir);
	return 0;
}

/* The one view that has to do with the current directory. */
static int of_current_dir(char **out, struct err *err)
{
	struct session_list list = { NULL, 0 };
	char *dir = getcwd(NULL, 0);
	int ret;

	if (!dir || *dir != '/') {
		ret = err_errno(err, dir ? -ENOENT : -errno,
				"current directory");
		free(dir);
		return ret;
	}
	ret = session_list(opt_common.state_dir, &list, err);
	if (!ret)
		ret = choose(&list, dir, out, err);
	session_list_release(&list);
	free(dir);
	return ret;
}

static int of_path(const char *path, char **out, struct err *err)
{
	int ret = preflight_real_mountpoint(path, out);

	if (ret)
		return err_errno(err, ret, "%s", path);
	if (!mount_is_view(*out))
		return err_set(err, -EINVAL, "no view is mounted at %s; scrim "
			       "list shows those that are", *out);
	return 0;
}

static int umount_command(int argc, char **argv)
{
	struct err err = ERR_INIT;
	char *path = NULL;
	int ret;

	if (argc && opt_common.session)
		return out_usage("umount", "either --session or a mount point");
	ret = argc ? of_path(argv[0], &path, &err) :
	      opt_common.session ? of_session(&path, &err) :
	      of_current_dir(&path, &err);
	if (!ret)
		ret = mount_stop(path, opt_common.state_dir, lazy, &err);
	free(path);
	return ret ? out_err(&err) : STATUS_DONE;
}

const struct command cmd_umount = {
	.name = "umount",
	.fn = umount_command,
	.args = "[MOUNTPOINT]",
	.summary = "unmount a view; its session stays",
	.about = "Without MOUNTPOINT: the view of the workspace that holds the\n"
		 "current directory.\n",
	.options = options,
	.flags = CMD_UNMOUNTS,
	.max = 1,
};
