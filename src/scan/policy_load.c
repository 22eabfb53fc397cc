/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/policy_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

static int read_given(struct ruleset *s, const char *path, struct err *err)
{
	struct stat st;

	if (!stat(path, &st) || errno != ENOENT)
		return ruleset_read(s, path, ORIGIN_USER, err);
	return err_set(err, -EINVAL, "%s: there is no such file of rules; "
		       "--rules takes a file, or none", path);
}

static int read_shipped(struct ruleset *s, const struct policy_sources *src,
			struct err *err)
{
	const char *dir = src->rulesdir;

	if (src->rules && !strcmp(src->rules, "none"))
		return 0;
	if (src->rules)
		return read_given(s, src->rules, err);
	if (!dir)
		dir = getenv("SCRIM_RULES");
	if (!dir || !*dir)
		dir = RULESDIR;
	return ruleset_read_dir(s, dir, ORIGIN_SHIPPED, err);
}

static int read_user(struct ruleset *s, const struct policy_sources *src,
		     struct err *err)
{
	struct buf path = BUF_INIT;
	char *dir = NULL;
	int r = 0;

	if (src->userdir)
		buf_addf(&path, "%s/scrim.ini", src->userdir);
	else if (!path_user(PATH_CONFIG, "scrim.ini", &dir))
		buf_addstr(&path, dir);
	if (buf_oom(&path))
		r = err_set(err, -ENOMEM, "out of memory");
	else if (path.len && !access(path.ptr, F_OK))
		r = ruleset_read(s, path.ptr, ORIGIN_USER, err);
	else if (path.len && errno != ENOENT && errno != ENOTDIR)
		r = err_errno(err, -errno, "%s", path.ptr);
	free(dir);
	buf_release(&path);
	return r;
}

static int add_globs(struct ruleset *s, const char *const *globs,
		     enum action action, struct err *err)
{
	struct buf id = BUF_INIT;
	int r = 0;

	for (int i = 0; globs && globs[i] && !r; i++) {
		buf_clear(&id);
		buf_addf(&id, "--%s-%d", action_name(action), i + 1);
		r = buf_oom(&id) ? err_set(err, -ENOMEM, "out of memory") :
		    ruleset_add_glob(s, id.ptr, globs[i], action,
				     ORIGIN_COMMAND, err);
		if (r)
			err_wrap(err, "--%s", action_name(action));
	}
	buf_release(&id);
	return r;
}

static int read_command(struct ruleset *s, const struct policy_sources *src,
			struct err *err)
{
	int r = add_globs(s, src->show, ACTION_SHOW, err);

	if (!r)
		r = add_globs(s, src->mask, ACTION_MASK, err);
	return r ? r : add_globs(s, src->hide, ACTION_HIDE, err);
}

/* The agent may have made it: never follow a link, nor wait for a pipe. */
static int read_workspace(struct ruleset *s, int dirfd, struct err *err)
{
	struct buf text = BUF_INIT;
	struct stat st;
	int fd = -1, r;

	if (dirfd < 0)
		return 0;
	r = quiet_open_beneath(dirfd, WORKSPACE_RULES,
			       O_NOFOLLOW | O_NONBLOCK, &fd);
	if (r == -ENOENT)
		return 0;
	if (!r && (fstat(fd, &st) || !S_ISREG(st.st_mode)))
		r = -ELOOP;
	if (r == -ELOOP)
		r = err_set(err, -EINVAL, WORKSPACE_RULES ": not a plain file; "
			    "rules are not read from anything else");
	else if (r)
		err_errno(err, r, WORKSPACE_RULES);
	if (!r) {
		r = io_read_all(fd, WORKSPACE_RULES_MAX, &text);
		if (r == -EFBIG)
			err_set(err, r, WORKSPACE_RULES ": larger than %u KiB; "
				"more is not read from a workspace",
				WORKSPACE_RULES_MAX >> 10);
		else if (r)
			err_errno(err, r, WORKSPACE_RULES);
	}
	if (!r)
		r = ruleset_parse(s, WORKSPACE_RULES, text.ptr, text.len,
				  ORIGIN_WORKSPACE, err);
	io_close(&fd);
	buf_release(&text);
	return r;
}

int policy_read(struct ruleset **out, const struct policy_sources *src,
		struct err *err)
{
	struct ruleset *s = NULL;
	int r;

	r = ruleset_new(&s);
	if (r)
		return err_set(err, r, "out of memory");
	r = read_shipped(s, src, err);
	if (!r)
		r = read_user(s, src, err);
	if (!r)
		r = read_command(s, src, err);
	if (!r)
		r = read_workspace(s, src->workspace_fd, err);
	if (r)
		ruleset_free(s);
	else
		*out = s;
	return r;
}
