/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/export.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/content.h"
#include "session/layer.h"
#include "session/list.h"
#include "util/strlist.h"

#define BLOCK (256u << 10)

/* A file that has several names: the first of them that was written. */
struct first_name {
	uint64_t ino;
	char *path;
};

struct exporting {
	struct layer *layer;
	struct archive *archive;
	const struct export_options *options;
	struct export_result *result;
	struct who who;
	struct first_name *names;
	size_t n_names;
	char *block;
	struct buf path, name;
	struct err *err;
};

int export_archive_error(struct archive *a, const char *what, struct err *err)
{
	const char *said = archive_error_string(a);
	int code = archive_errno(a);

	return err_set(err, code > 0 ? -code : -EIO, "%s: %s", what,
		       said ? said : "not written");
}

static const char *first_name_of(struct exporting *x, const struct stat *st)
{
	struct first_name *names;
	size_t i;

	for (i = 0; i < x->n_names; i++)
		if (x->names[i].ino == st->st_ino)
			return x->names[i].path;
	names = realloc(x->names, (x->n_names + 1) * sizeof(*names));
	if (!names)
		return NULL;
	x->names = names;
	names[x->n_names].ino = st->st_ino;
	names[x->n_names].path = strdup(x->name.ptr);
	if (names[x->n_names].path)
		x->n_names++;
	return NULL;
}

/* x->name is the path with the prefix. */
static void set_name(struct exporting *x, struct archive_entry *e)
{
	buf_clear(&x->name);
	buf_addf(&x->name, "%s%s", x->options->prefix ? x->options->prefix : "",
		 x->path.len ? x->path.ptr : ".");
	archive_entry_set_pathname(e, x->name.ptr);
}

static void fill_entry(struct exporting *x, struct archive_entry *e,
		       const struct stat *st)
{
	const struct export_options *o = x->options;
	time_t t = st->st_mtim.tv_sec;
	long nsec = st->st_mtim.tv_nsec;

	if (o->newest >= 0 && t >= o->newest) {
		t = o->newest;
		nsec = 0;
	}
	set_name(x, e);
	archive_entry_set_mode(e, st->st_mode);
	archive_entry_set_uid(e, o->set_owner ? o->uid : st->st_uid);
	archive_entry_set_gid(e, o->set_owner ? o->gid : st->st_gid);
	archive_entry_set_mtime(e, t, nsec);
	if (o->set_atime)
		archive_entry_set_atime(e, t, nsec);
	archive_entry_set_size(e, S_ISREG(st->st_mode) ? st->st_size : 0);
}

static int add_xattrs(struct exporting *x, struct node *n,
		      struct archive_entry *e)
{
	struct buf names = BUF_INIT, value = BUF_INIT;
	const char *at;
	int r = layer_listxattr(x->layer, n, &names);

	if (r == -EOPNOTSUPP || r == -EACCES)
		r = 0;
	for (at = names.ptr; !r && at < names.ptr + names.len;
	     at += strlen(at) + 1) {
		if (strncmp(at, "user.", 5))
			continue;
		buf_clear(&value);
		if (layer_getxattr(x->layer, n, at, &value) >= 0)
			archive_entry_xattr_add_entry(e, at, value.ptr,
						      value.len);
	}
	buf_release(&names);
	buf_release(&value);
	return r;
}

/* A file that became shorter meanwhile is filled up with zeroes. */
static int write_content(struct exporting *x, struct node *n, off_t size,
			 ssize_t got)
{
	off_t off = 0;

	while (got > 0 && off < size) {
		if (archive_write_data(x->archive, x->block, (size_t)got) < 0)
			return export_archive_error(x->archive, "export",
						    x->err);
		off += got;
		got = layer_read(x->layer, &x->who, n, x->block, BLOCK, off);
	}
	return got < 0 ? err_errno(x->err, (int)got, "%s", x->path.ptr) : 0;
}

static int write_header(struct exporting *x, struct archive_entry *e)
{
	if (archive_write_header(x->archive, e) < ARCHIVE_WARN)
		return export_archive_error(x->archive, "export", x->err);
	x->result->entries++;
	return 0;
}

static int export_file(struct exporting *x, struct node *n,
		       const struct stat *st, struct archive_entry *e)
{
	const char *first = NULL;
	ssize_t got;
	int r;

	if (st->st_nlink > 1)
		first = first_name_of(x, st);
	if (first) {
		archive_entry_set_hardlink(e, first);
		archive_entry_set_size(e, 0);
		return write_header(x, e);
	}
	/* whether it may be read at all is known before its header is out */
	got = layer_read(x->layer, &x->who, n, x->block, BLOCK, 0);
	if (got == -EACCES || got == -EPERM) {
		x->result->left_out++;
		return 0;
	}
	r = write_header(x, e);
	return r ? r : write_content(x, n, st->st_size, got);
}

static int export_link(struct exporting *x, struct node *n,
		       struct archive_entry *e)
{
	struct buf target = BUF_INIT;
	int r = layer_readlink(x->layer, n, &target);

	if (r < 0) {
		err_errno(x->err, r, "%s", x->path.ptr);
	} else {
		archive_entry_set_symlink(e, target.ptr);
		r = write_header(x, e);
	}
	buf_release(&target);
	return r;
}

static int export_node(struct exporting *x, struct node *n,
		       const struct stat *st)
{
	struct archive_entry *e = archive_entry_new();
	int r;

	if (!e)
		return err_errno(x->err, -ENOMEM, "export");
	fill_entry(x, e, st);
	r = add_xattrs(x, n, e);
	if (r)
		err_errno(x->err, r, "%s", x->path.ptr);
	else if (S_ISREG(st->st_mode))
		r = export_file(x, n, st, e);
	else if (S_ISLNK(st->st_mode))
		r = export_link(x, n, e);
	else if (S_ISDIR(st->st_mode) || S_ISFIFO(st->st_mode))
		r = write_header(x, e);
	else
		x->result->left_out++;
	archive_entry_free(e);
	return r;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int names_of(struct exporting *x, struct node *dir, struct strlist *out)
{
	struct listing *list = NULL;
	struct list_entry e;
	uint64_t at = 0;
	int r = list_get(x->layer, NULL, dir, 0, &list);

	if (r < 0)
		return r;
	while (!r && list_next(list, &at, &e))
		if (strcmp(e.name, ".") && strcmp(e.name, ".."))
			r = strlist_add(out, e.name);
	list_put(x->layer, list);
	if (out->n)
		qsort(out->at, out->n, sizeof(*out->at), by_bytes);
	return r;
}

static int export_dir(struct exporting *x, struct node *dir);

static int export_name(struct exporting *x, struct node *dir, const char *name)
{
	struct entry e = { 0 };
	size_t len = x->path.len;
	int r = layer_lookup(x->layer, &x->who, dir, name, &e);

	/* gone meanwhile, or not to be shown after all */
	if (r == -ENOENT || (!r && !e.node))
		return 0;
	buf_addf(&x->path, "%s%s", len ? "/" : "", name);
	if (r || buf_oom(&x->path)) {
		r = err_errno(x->err, r ? r : -ENOMEM, "%s", x->path.ptr);
	} else {
		r = export_node(x, e.node, &e.st);
		if (!r && S_ISDIR(e.st.st_mode))
			r = export_dir(x, e.node);
	}
	if (e.node)
		layer_forget(x->layer, e.node, 1);
	buf_cut(&x->path, len);
	return r;
}

static int export_dir(struct exporting *x, struct node *dir)
{
	struct strlist names = STRLIST_INIT;
	size_t i;
	int r = names_of(x, dir, &names);

	if (r == -EACCES) {
		x->result->left_out++;
		r = 0;
	} else if (r) {
		err_errno(x->err, r, "%s", x->path.ptr);
	}
	for (i = 0; i < names.n && !r; i++)
		r = export_name(x, dir, names.at[i]);
	strlist_release(&names);
	return r;
}

int export_tree(struct layer *l, struct archive *a,
		const struct export_options *o, struct export_result *result,
		struct err *err)
{
	struct exporting x = { l, a, o, result,
		{ getuid(), getgid(), getpid(), 022 }, NULL, 0, malloc(BLOCK),
		BUF_INIT, BUF_INIT, err };
	struct stat st;
	int r = x.block ? 0 : err_errno(err, -ENOMEM, "export");

	if (!r) {
		r = layer_getattr(l, layer_root(l), &st, NULL);
		r = r ? err_errno(err, r, "export") :
			export_node(&x, layer_root(l), &st);
	}
	if (!r)
		r = export_dir(&x, layer_root(l));
	for (size_t i = 0; i < x.n_names; i++)
		free(x.names[i].path);
	free(x.names);
	free(x.block);
	buf_release(&x.path);
	buf_release(&x.name);
	return r;
}
