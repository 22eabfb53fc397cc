/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/blobs_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/gitobjects.h"
#include "util/io.h"
#include "util/path.h"

#define PEEL_MAX 10

static int open_dir(int at, const char *path, int *fd)
{
	*fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *fd < 0 ? -errno : 0;
}

/* A file with one path in it: "gitdir: PATH", or commondir's bare PATH. */
static int follow(int at, const char *name, const char *label, int base,
		  int *fd)
{
	struct buf b = BUF_INIT;
	size_t n = strlen(label);
	int r = gitdir_read(at, name, GITDIR_SMALL, &b);

	while (b.len && (b.ptr[b.len - 1] == '\n' || b.ptr[b.len - 1] == '\r'))
		buf_cut(&b, b.len - 1);
	if (!r && (b.len <= n || memcmp(b.ptr, label, n)))
		r = -EINVAL;
	if (!r) {
		*fd = openat(base, b.ptr + n, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = *fd < 0 ? -errno : 0;
	}
	buf_release(&b);
	return r;
}

/* The git directory of a directory itself: .git, what .git names, or bare. */
static int find_here(int dirfd, int *fd)
{
	if (!open_dir(dirfd, ".git", fd))
		return 0;
	if (!follow(dirfd, ".git", "gitdir: ", dirfd, fd))
		return 0;
	if (gitdir_has(dirfd, "HEAD") && gitdir_has(dirfd, "objects") &&
	    gitdir_has(dirfd, "refs"))
		return open_dir(dirfd, ".", fd);
	return -ENOENT;
}

static int find_git(const char *dir, int *fd)
{
	int at, up, r;

	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -errno;
	for (;;) {
		struct stat a, b;

		r = find_here(at, fd);
		if (r != -ENOENT)
			break;
		r = open_dir(at, "..", &up);
		if (r)
			break;
		r = fstat(at, &a) || fstat(up, &b) ? -errno : 0;
		if (!r && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			r = -ENOENT;
		io_close(&at);
		at = up;
		if (r)
			break;
	}
	io_close(&at);
	return r;
}

int blobs_open(struct blobs_store *s, const char *dir, struct err *err)
{
	int r;

	memset(s, 0, sizeof(*s));
	buf_init(&s->dir.config);
	s->dir.fd = s->dir.common = s->dir.objects = -1;
	r = find_git(dir, &s->dir.fd);
	if (r)
		return err_set(err, r, "%s is in no git repository", dir);
	if (follow(s->dir.fd, "commondir", "", s->dir.fd, &s->dir.common))
		r = open_dir(s->dir.fd, ".", &s->dir.common);
	if (!r)
		r = open_dir(s->dir.common, "objects", &s->dir.objects);
	if (r)
		return err_errno(err, r, "%s: the git directory cannot be read",
				 dir);
	git_libgit2_init();
	r = gitodb_open(&s->odb, s->dir.objects, NULL);
	if (r == -EBADMSG || r == -EPERM)
		return err_set(err, r, "%s: git's object store holds what is no "
			       "object, or borrows from another; git repack -a "
			       "-d && git gc makes it whole", dir);
	return r ? err_errno(err, r, "%s: git's objects", dir) : 0;
}

void blobs_close(struct blobs_store *s)
{
	git_odb_free(s->odb);
	gitdir_release(&s->dir);
}

int blobs_read(struct blobs_store *s, const uint8_t id[GITSET_ID],
	       git_odb_object **out)
{
	int r = blobs_about(s->watch, id);

	return r ? r : gitodb_read(s->odb, id, BLOBS_OBJECT_MAX, out);
}

/* "Name <mail> seconds zone" */
static void parse_author(const char *s, size_t len, char *name, size_t size,
			 time_t *date)
{
	const char *close = memrchr(s, '>', len);
	size_t n = close ? (size_t)(close + 1 - s) : 0;

	if (name)
		snprintf(name, size, "%.*s", (int)(n < size ? n : size - 1), s);
	*date = close && close + 2 < s + len ?
		(time_t)strtoll(close + 2, NULL, 10) : 0;
}

int blobs_parse_commit(const char *data, size_t len,
			 struct blobs_commit *out)
{
	const char *p = data, *end = data + len;

	memset(out, 0, sizeof(*out));
	while (p < end && *p != '\n') {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);

		if (n == 45 && !memcmp(p, "tree ", 5)) {
			if (gitdir_id_parse(p + 5, 40, out->tree))
				return -EINVAL;
		} else if (n == 47 && !memcmp(p, "parent ", 7)) {
			if (out->parents < 16 &&
			    !gitdir_id_parse(p + 7, 40,
					     out->parent[out->parents]))
				out->parents++;
		} else if (n > 7 && !memcmp(p, "author ", 7)) {
			parse_author(p + 7, n - 7, out->author,
				     sizeof(out->author), &out->date);
		} else if (n > 10 && !memcmp(p, "committer ", 10)) {
			parse_author(p + 10, n - 10, NULL, 0, &out->committed);
		}
		p = nl ? nl + 1 : end;
	}
	return 0;
}

/* A branch, a tag, HEAD or the beginning of an id. */
static int resolve_name(struct blobs_store *s, const char *name,
			uint8_t id[GITSET_ID])
{
	static const char *const places[] = { "%s", "refs/%s", "refs/tags/%s",
					      "refs/heads/%s",
					      "refs/remotes/%s" };
	struct buf b = BUF_INIT;
	struct githead h;
	git_oid prefix, full;
	int r = -ENOENT;

	if (!strcmp(name, "HEAD") || !strcmp(name, "@")) {
		r = gitdir_head(&s->dir, &h, NULL);
		if (!r && h.born)
			memcpy(id, h.id, GITSET_ID);
		else if (!r)
			r = -ENOENT;
		if (r != -ENOMEM)
			githead_release(&h);
		return r;
	}
	for (size_t i = 0; r && i < sizeof(places) / sizeof(places[0]); i++) {
		buf_clear(&b);
		buf_addf(&b, i ? places[i] : "%s", name);
		if (!buf_oom(&b) && gitdir_ref_is_clean(b.ptr))
			r = gitdir_ref(&s->dir, b.ptr, id);
	}
	if (r && strlen(name) >= 4 && strlen(name) <= 40 &&
	    !git_oid_fromstrn(&prefix, name, strlen(name)) &&
	    !git_odb_exists_prefix(&full, s->odb, &prefix, strlen(name))) {
		memcpy(id, full.id, GITSET_ID);
		r = 0;
	}
	buf_release(&b);
	return r;
}

/* Through tags to the commit. */
static int peel(struct blobs_store *s, uint8_t id[GITSET_ID])
{
	git_odb_object *o;
	int r;

	for (int i = 0; i < PEEL_MAX; i++) {
		const char *data;
		git_object_t type;

		r = blobs_read(s, id, &o);
		if (r)
			return r;
		type = git_odb_object_type(o);
		data = git_odb_object_data(o);
		r = type == GIT_OBJECT_COMMIT ? 0 :
		    type == GIT_OBJECT_TAG && git_odb_object_size(o) > 47 &&
		    !memcmp(data, "object ", 7) &&
		    !gitdir_id_parse(data + 7, 40, id) ? 1 : -EINVAL;
		git_odb_object_free(o);
		if (r <= 0)
			return r;
	}
	return -ELOOP;
}

static int first_parent(struct blobs_store *s, uint8_t id[GITSET_ID])
{
	struct blobs_commit c;
	git_odb_object *o;
	int r = blobs_read(s, id, &o);

	if (r)
		return r;
	r = blobs_parse_commit(git_odb_object_data(o),
				 git_odb_object_size(o), &c);
	git_odb_object_free(o);
	if (!r && !c.parents)
		r = -ENOENT;
	if (!r)
		memcpy(id, c.parent[0], GITSET_ID);
	return r;
}

int blobs_resolve(struct blobs_store *s, const char *rev,
		    uint8_t id[GITSET_ID], struct err *err)
{
	size_t n = strcspn(rev, "~^");
	char *name = strndup(rev, n);
	const char *p = rev + n;
	int r = name ? resolve_name(s, name, id) : -ENOMEM;

	if (!r)
		r = peel(s, id);
	while (!r && (*p == '~' || *p == '^')) {
		char *end;
		long steps = *p == '~' ? strtol(p + 1, &end, 10) : 1;

		if (*p == '^' || end == p + 1) {
			steps = 1;
			end = (char *)p + 1;
		}
		p = end;
		while (!r && steps-- > 0)
			r = first_parent(s, id);
	}
	if (!r && *p)
		r = -EINVAL;
	free(name);
	return r ? err_set(err, r, "no commit '%s' here", rev) : 0;
}
