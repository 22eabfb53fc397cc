/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/import.h"
#include "session/content.h"
#include "session/layer.h"
#include "session/list.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/path.h"
#include "util/strlist.h"

#define BLOCK (256u << 10)

struct import_put {
	struct layer *layer;
	struct who who;
	int spool;		/* a file without a name, for one content */
	char *block, *other;	/* BLOCK each */
};

int import_put_new(struct import_put **out, struct layer *l, struct err *err)
{
	struct import_put *p = calloc(1, sizeof(*p));

	if (!p)
		return err_errno(err, -ENOMEM, "import");
	p->layer = l;
	p->who = (struct who){ getuid(), getgid(), getpid(), 0 };
	p->block = malloc(BLOCK);
	p->other = malloc(BLOCK);
	p->spool = open("/var/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (p->spool < 0)
		p->spool = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	*out = p;
	if (!p->block || !p->other)
		return err_errno(err, -ENOMEM, "import");
	return p->spool < 0 ? err_errno(err, -errno, "/tmp") : 0;
}

void import_put_free(struct import_put *p)
{
	if (!p)
		return;
	io_close(&p->spool);
	free(p->block);
	free(p->other);
	free(p);
}

static void forget(struct import_put *p, struct entry *e)
{
	if (e->node)
		layer_forget(p->layer, e->node, 1);
	e->node = NULL;
}

/* The directory of path's last component, which is made where it is missing. */
static int open_parent(struct import_put *p, const char *path,
		       struct entry *out)
{
	struct make what = { .mode = S_IFDIR | 0755 };
	size_t len = path_parent_len(path);
	char *dir = strndup(path, len);
	struct entry up = { 0 };
	int r = dir ? layer_walk_path(p->layer, dir, out) : -ENOMEM;

	if (!r && out->node && !S_ISDIR(out->st.st_mode)) {
		forget(p, out);
		r = -ENOTDIR;
	}
	if (!r && !out->node && len) {
		r = open_parent(p, dir, &up);
		if (!r)
			r = layer_make(p->layer, &p->who, up.node,
				       path_base(dir), &what, out);
		forget(p, &up);
	}
	free(dir);
	return r;
}

/* ========== removing ========== */

static int names_of(struct import_put *p, struct node *dir,
		    struct strlist *out)
{
	struct listing *list = NULL;
	struct list_entry e;
	uint64_t at = 0;
	int r = list_get(p->layer, NULL, dir, 0, &list);

	if (r < 0)
		return r;
	while (!r && list_next(list, &at, &e))
		if (strcmp(e.name, ".") && strcmp(e.name, ".."))
			r = strlist_add(out, e.name);
	list_put(p->layer, list);
	return r;
}

static int remove_name(struct import_put *p, struct node *dir,
		       const char *name);

static int remove_below(struct import_put *p, struct node *dir)
{
	struct strlist names = STRLIST_INIT;
	size_t i;
	int r = names_of(p, dir, &names);

	for (i = 0; i < names.n && !r; i++)
		r = remove_name(p, dir, names.at[i]);
	strlist_release(&names);
	return r;
}

static int remove_name(struct import_put *p, struct node *dir,
		       const char *name)
{
	struct entry e = { 0 };
	int r = layer_lookup(p->layer, &p->who, dir, name, &e);
	int is_dir = !r && e.node && S_ISDIR(e.st.st_mode);

	if (is_dir)
		r = remove_below(p, e.node);
	if (!r && e.node)
		r = layer_remove(p->layer, &p->who, dir, name, is_dir);
	forget(p, &e);
	return r == -ENOENT ? 0 : r;
}

int import_put_remove(struct import_put *p, const char *path, struct err *err)
{
	struct entry dir = { 0 };
	size_t len = path_parent_len(path);
	char *parent = strndup(path, len);
	int r = parent ? layer_walk_path(p->layer, parent, &dir) : -ENOMEM;

	if (!r && dir.node && S_ISDIR(dir.st.st_mode))
		r = remove_name(p, dir.node, path_base(path));
	forget(p, &dir);
	free(parent);
	return r && r != -ENOENT && r != -ENOTDIR ?
		err_errno(err, r, "removing %s", path) : 0;
}

/* ========== pruning ========== */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What scrim export would have left out, so that its lack says nothing. */
static int was_not_exported(struct import_put *p, const struct entry *e)
{
	ssize_t n;

	if (S_ISSOCK(e->st.st_mode))
		return 1;
	if (!S_ISREG(e->st.st_mode))
		return 0;
	n = layer_read(p->layer, &p->who, e->node, p->block, 1, 0);
	return n == -EACCES || n == -EPERM;
}

static int prune_dir(struct import_put *p, struct node *dir, struct buf *path,
		     const struct strlist *seen);

static int prune_name(struct import_put *p, struct node *dir, const char *name,
		      struct buf *path, const struct strlist *seen)
{
	struct entry e = { 0 };
	size_t len = path->len;
	int r = layer_lookup(p->layer, &p->who, dir, name, &e), is_seen;
	char *key;

	if (r == -ENOENT || (!r && !e.node))
		return 0;
	buf_addf(path, "%s%s", len ? "/" : "", name);
	key = path->ptr;
	is_seen = seen->n && bsearch(&key, seen->at, seen->n, sizeof(key),
				     by_bytes);
	if (!r && buf_oom(path))
		r = -ENOMEM;
	if (!r && S_ISDIR(e.st.st_mode))
		r = prune_dir(p, e.node, path, seen);
	if (!r && !is_seen && !was_not_exported(p, &e))
		r = layer_remove(p->layer, &p->who, dir, name,
				 S_ISDIR(e.st.st_mode));
	/* something in it stays, and so must it */
	if (r == -ENOTEMPTY)
		r = 0;
	forget(p, &e);
	buf_cut(path, len);
	return r;
}

static int prune_dir(struct import_put *p, struct node *dir, struct buf *path,
		     const struct strlist *seen)
{
	struct strlist names = STRLIST_INIT;
	size_t i;
	int r = names_of(p, dir, &names);

	if (r == -EACCES)
		r = 0;
	for (i = 0; i < names.n && !r; i++)
		r = prune_name(p, dir, names.at[i], path, seen);
	strlist_release(&names);
	return r;
}

int import_put_prune(struct import_put *p, const char *dir,
		     const struct strlist *seen, struct err *err)
{
	struct entry e = { 0 };
	struct buf path = BUF_INIT;
	int r = layer_walk_path(p->layer, dir, &e);

	buf_addstr(&path, dir);
	if (!r && e.node && S_ISDIR(e.st.st_mode))
		r = prune_dir(p, e.node, &path, seen);
	forget(p, &e);
	if (r)
		err_errno(err, r, "removing below %s", path.len ? path.ptr :
			  "the root");
	buf_release(&path);
	return r;
}

/* ========== content ========== */

static int spool_content(struct import_put *p, struct archive *a, off_t *size)
{
	const void *data;
	la_int64_t off;
	size_t len;
	int r = ftruncate(p->spool, 0) < 0 ? -errno : 0, got;

	*size = 0;
	while (!r && (got = archive_read_data_block(a, &data, &len, &off)) !=
	       ARCHIVE_EOF) {
		if (got < ARCHIVE_WARN)
			return -EIO;
		r = io_pwrite_full(p->spool, data, len, off);
		if (off + (la_int64_t)len > *size)
			*size = off + (la_int64_t)len;
	}
	return r;
}

/* 1 where the view shows the very bytes that are spooled. */
static int is_same(struct import_put *p, const struct entry *e, off_t size)
{
	off_t off = 0;
	ssize_t n, m;

	if (e->st.st_size != size)
		return 0;
	while (off < size) {
		n = io_pread_full(p->spool, p->block, BLOCK, off);
		if (n <= 0)
			return 0;
		m = layer_read(p->layer, &p->who, e->node, p->other, (size_t)n,
			       off);
		if (m != n || memcmp(p->block, p->other, (size_t)n))
			return 0;
		off += n;
	}
	return 1;
}

static int write_content(struct import_put *p, struct node *n, off_t size)
{
	struct stat none = { .st_size = 0 };
	struct entry now;
	struct handle *h;
	off_t off = 0;
	ssize_t got = 1;
	int fd, r = layer_setattr(p->layer, &p->who, n, &none, SET_SIZE, &now);

	if (!r)
		r = layer_open_write(p->layer, &p->who, n, 1, &h, &fd);
	if (r)
		return r;
	while (!r && off < size) {
		got = io_pread_full(p->spool, p->block, BLOCK, off);
		r = got <= 0 ? (got ? (int)got : -EIO) :
			io_pwrite_full(fd, p->block, (size_t)got, off);
		off += got > 0 ? got : 0;
	}
	layer_done_write(p->layer, h);
	return r;
}

/* ========== one object ========== */

/* Set-id bits come in only where the object has them already. */
static mode_t wanted_mode(struct archive_entry *e, const struct entry *now)
{
	mode_t mode = archive_entry_perm(e) & 07777;

	if (!now->node || (now->st.st_mode & 06000) != (mode & 06000))
		mode &= 01777;
	return mode;
}

static int make_node(struct import_put *p, struct archive_entry *e,
		     const char *path, mode_t type, struct entry *out)
{
	struct make what = { .mode = type | wanted_mode(e, out),
		.target = type == S_IFLNK ? archive_entry_symlink(e) : NULL };
	struct entry dir = { 0 };
	int r;

	if (type == S_IFLNK && !what.target)
		return -EINVAL;
	r = open_parent(p, path, &dir);
	if (!r)
		r = layer_make(p->layer, &p->who, dir.node, path_base(path),
			       &what, out);
	forget(p, &dir);
	return r;
}

static int set_attributes(struct import_put *p, struct archive_entry *e,
			  const struct entry *now, int changed)
{
	struct stat st = { .st_mode = wanted_mode(e, now) };
	struct entry set_to;
	const char *name;
	const void *value;
	size_t len;
	int set = 0, r = 0;

	if (S_ISLNK(now->st.st_mode))
		return 0;
	if ((now->st.st_mode & 07777) != st.st_mode)
		set |= SET_MODE;
	if (changed && archive_entry_mtime_is_set(e)) {
		st.st_mtim.tv_sec = archive_entry_mtime(e);
		st.st_mtim.tv_nsec = archive_entry_mtime_nsec(e);
		set |= SET_MTIME;
	}
	archive_entry_xattr_reset(e);
	while (!r && changed && archive_entry_xattr_next(e, &name, &value,
							 &len) == ARCHIVE_OK)
		if (!strncmp(name, "user.", 5) &&
		    strncmp(name, "user.overlay.", 13) &&
		    strncmp(name, "user.fuseoverlayfs.", 19))
			r = layer_setxattr(p->layer, &p->who, now->node, name,
					   value, len, 0);
	if (!r && set)
		r = layer_setattr(p->layer, &p->who, now->node, &st, set,
				  &set_to);
	return r;
}

static int same_link(struct import_put *p, struct archive_entry *e,
		     const struct entry *now)
{
	struct buf target = BUF_INIT;
	const char *want = archive_entry_symlink(e);
	int same = want && !layer_readlink(p->layer, now->node, &target) &&
		!strcmp(target.ptr, want);

	buf_release(&target);
	return same;
}

static int put_link(struct import_put *p, const char *target, const char *path)
{
	struct entry to = { 0 }, dir = { 0 }, made = { 0 };
	struct buf clean = BUF_INIT;
	int r = path_clean(target, &clean);

	if (!r)
		r = layer_walk_path(p->layer, clean.ptr, &to);
	if (!r && !to.node)
		r = -ENOENT;
	if (!r)
		r = import_put_remove(p, path, NULL);
	if (!r)
		r = open_parent(p, path, &dir);
	if (!r)
		r = layer_link(p->layer, &p->who, to.node, dir.node,
			       path_base(path), &made);
	forget(p, &made);
	forget(p, &dir);
	forget(p, &to);
	buf_release(&clean);
	return r;
}

/* 1 where path is another name of target already. */
static int is_linked(struct import_put *p, const char *target,
		     const struct entry *now)
{
	struct buf clean = BUF_INIT;
	struct entry to = { 0 };
	int yes = now->node && !path_clean(target, &clean) &&
		!layer_walk_path(p->layer, clean.ptr, &to) && to.node &&
		to.st.st_ino == now->st.st_ino;

	forget(p, &to);
	buf_release(&clean);
	return yes;
}

static int put_object(struct import_put *p, struct archive *a,
		      struct archive_entry *e, const char *path,
		      struct entry *now)
{
	mode_t type = archive_entry_filetype(e);
	int changed = 0, r = 0;
	off_t size = 0;

	if (S_ISREG(type))
		r = spool_content(p, a, &size);
	if (!r && now->node && ((now->st.st_mode & S_IFMT) != type ||
				(S_ISLNK(type) && !same_link(p, e, now)))) {
		forget(p, now);
		r = import_put_remove(p, path, NULL);
	}
	if (!r && !now->node) {
		changed = 1;
		r = make_node(p, e, path, type, now);
	}
	if (!r && S_ISREG(type) && !is_same(p, now, size)) {
		changed = 1;
		r = write_content(p, now->node, size);
	}
	return r ? r : set_attributes(p, e, now, changed);
}

int import_put_entry(struct import_put *p, struct archive *a,
		     struct archive_entry *e, const char *path, struct err *err)
{
	const char *link = archive_entry_hardlink(e);
	mode_t type = archive_entry_filetype(e);
	struct entry now = { 0 };
	int r = layer_walk_path(p->layer, path, &now);

	if (r == -ENOTDIR || r == -ENOENT) {
		now.node = NULL;
		r = 0;
	}
	if (r) {
		err_errno(err, r, "%s", path);
	} else if (link) {
		r = is_linked(p, link, &now) ? 0 : put_link(p, link, path);
	} else if (S_ISREG(type) || S_ISDIR(type) || S_ISLNK(type) ||
		   S_ISFIFO(type)) {
		r = *path ? put_object(p, a, e, path, &now) : 0;
	} else {
		forget(p, &now);
		return -ENODEV;
	}
	forget(p, &now);
	return r && r != -EACCES ? err_errno(err, r, "%s", path) : r;
}
