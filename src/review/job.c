/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"

void ident_of(struct ident *id, const struct stat *st)
{
	memset(id, 0, sizeof(*id));
	if (!st->st_mode)
		return;
	id->dev = st->st_dev;
	id->ino = st->st_ino;
	id->mode = st->st_mode;
	id->uid = st->st_uid;
	id->gid = st->st_gid;
	id->nlink = S_ISDIR(st->st_mode) ? 1 : (uint32_t)st->st_nlink;
	id->size = S_ISDIR(st->st_mode) ? 0 : (uint64_t)st->st_size;
	id->mtime_s = st->st_mtim.tv_sec;
	id->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
}

int ident_is(const struct ident *a, const struct ident *b)
{
	return a->ino && a->ino == b->ino && !((a->mode ^ b->mode) & S_IFMT);
}

int ident_same(const struct ident *a, const struct ident *b)
{
	if (!ident_is(a, b) || a->mode != b->mode || a->uid != b->uid ||
	    a->gid != b->gid)
		return 0;
	return S_ISDIR(a->mode) ||
	       (a->size == b->size && a->mtime_s == b->mtime_s &&
		a->mtime_ns == b->mtime_ns);
}

void job_store_name(size_t i, char out[JOB_NAME_MAX])
{
	snprintf(out, JOB_NAME_MAX, "o%zu", i);
}

void job_linked_name(size_t i, char out[JOB_NAME_MAX])
{
	snprintf(out, JOB_NAME_MAX, "l%zu", i);
}

static int is_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n == 6 && !s[n];
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int read_numbers(DIR *d, uint32_t **out, size_t *n)
{
	struct dirent *e;
	uint32_t *at;

	for (errno = 0; (e = readdir(d)); errno = 0) {
		if (!is_number(e->d_name))
			continue;
		at = realloc(*out, (*n + 1) * sizeof(*at));
		if (!at)
			return -ENOMEM;
		*out = at;
		at[(*n)++] = (uint32_t)strtoul(e->d_name, NULL, 10);
	}
	if (errno)
		return -errno;
	if (*n)
		qsort(*out, *n, sizeof(**out), by_number);
	return 0;
}

int job_list(int state, uint32_t **out, size_t *n)
{
	DIR *d = NULL;
	int fd, r;

	*out = NULL;
	*n = 0;
	fd = openat(state, "undo", O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	d = fdopendir(fd);
	if (!d) {
		r = -errno;
		close(fd);
		return r;
	}
	r = read_numbers(d, out, n);
	closedir(d);
	if (r) {
		free(*out);
		*out = NULL;
		*n = 0;
	}
	return r;
}

int job_create(struct job *j, int state, struct err *err)
{
	uint32_t *all = NULL;
	char name[32];
	size_t n;
	int r;

	if (mkdirat(state, "undo", 0700) && errno != EEXIST) {
		r = -errno;
		goto out;
	}
	r = job_list(state, &all, &n);
	if (r)
		goto out;
	j->seq = n ? all[n - 1] + 1 : 1;
	j->when = time(NULL);
	snprintf(name, sizeof(name), "undo/%06u", j->seq);
	if (mkdirat(state, name, 0700)) {
		r = -errno;
		goto out;
	}
	j->dir = openat(state, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			O_CLOEXEC);
	j->fd = j->dir < 0 ? -1 : openat(j->dir, "journal", O_WRONLY | O_CREAT |
		O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	r = j->fd < 0 ? -errno : 0;
out:
	free(all);
	if (r)
		return err_errno(err, r, "cannot write the session's journal");
	return 0;
}

int job_reopen(struct job *j)
{
	j->fd = openat(j->dir, "journal", O_WRONLY | O_APPEND | O_NONBLOCK |
		       O_NOFOLLOW | O_CLOEXEC);
	if (j->fd < 0 || ftruncate(j->fd, j->len))
		return -errno;
	return 0;
}

void job_release(struct job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		free(j->ops[i].path);
		free(j->ops[i].temp);
		free(j->ops[i].kept);
	}
	for (size_t i = 0; i < j->n_drop; i++)
		free(j->drop[i]);
	free(j->drop);
	free(j->ops);
	free(j->note);
	io_close(&j->dir);
	io_close(&j->fd);
	io_close(&j->made);
	*j = (struct job)JOB_NONE;
}

int job_remove(int state, uint32_t seq)
{
	char name[32];
	int fd, r;

	fd = openat(state, "undo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(name, sizeof(name), "%06u", seq);
	r = io_remove_tree(fd, name);
	close(fd);
	return r;
}
