/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitbuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"


/*
 * The entry may have changed since git last looked at it without that showing
 * in its times: size 0 makes git look at the content, as git itself does it.
 */
static void smudge(git_index_entry *e, const struct stat *st)
{
	if (e->mtime.seconds > (int32_t)st->st_mtim.tv_sec ||
	    (e->mtime.seconds == (int32_t)st->st_mtim.tv_sec &&
	     e->mtime.nanoseconds >= (uint32_t)st->st_mtim.tv_nsec))
		e->file_size = 0;
}

static int add_entry(struct gitbuild *b, git_index *to,
		     const git_index_entry *from, const struct stat *st)
{
	git_index_entry e = *from;
	int r;

	path_join(&b->path, b->prefix.ptr, from->path);
	if (buf_oom(&b->path))
		return -ENOMEM;
	if (e.mode == GITMODE_GITLINK)
		r = gitbuild_gitlink(b, from->id.id, b->path.ptr, e.id.id);
	else
		r = gitbuild_blob(b, from->id.id, e.mode, b->path.ptr,
				  e.id.id);
	if (r)
		return r < 0 ? r : 0;
	smudge(&e, st);
	return git_index_add(to, &e) ? -EIO : 0;
}

static int copy_entries(struct gitbuild *b, git_index *from, git_index *to,
			const struct stat *st)
{
	int r = 0;

	for (size_t i = 0; !r && i < git_index_entrycount(from); i++)
		r = add_entry(b, to, git_index_get_byindex(from, i), st);
	return r;
}

static int write_index(struct gitbuild *b, git_index *from,
		       const struct stat *st)
{
	git_index *to = NULL;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/index", b->out);
	r = git_index_open(&to, path) ? -EIO : 0;
	if (!r)
		r = copy_entries(b, from, to, st);
	if (!r && git_index_write(to))
		r = -EIO;
	git_index_free(to);
	return r;
}

int gitbuild_index(struct gitbuild *b, struct err *err)
{
	git_index *from = NULL;
	struct stat st;
	int fd, r;

	r = quiet_open_beneath(b->dir.fd, "index", O_NONBLOCK, &fd);
	if (r == -ENOENT)
		return 0;
	if (r)
		return err_errno(err, r, "its index cannot be read");
	if (fstat(fd, &st))
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else
		r = gitodb_index(&from, fd);
	close(fd);
	if (r)
		return err_set(err, r, "its index is split, sparse or damaged "
			       "(git update-index --no-split-index or git "
			       "sparse-checkout reapply --no-sparse-index "
			       "makes it plain)");
	r = write_index(b, from, &st);
	git_index_free(from);
	return r ? err_errno(err, r, "copying its index") : 0;
}
