/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/import.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "util/buf.h"
#include "util/path.h"
#include "util/strlist.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

struct importing {
	struct import_put *put;
	struct archive *archive;
	const char *prefix;
	enum import_as as;
	struct import_result *result;
	struct strlist seen, gone, opaque;
	struct err *err;
};

/* Attributes by which overlay file systems say that a directory hides all. */
static const char *const opaque_names[] = { "trusted.overlay.opaque",
	"user.overlay.opaque", "user.fuseoverlayfs.opaque",
	"trusted.fuseoverlayfs.opaque" };
static const char *const whiteout_names[] = { "trusted.overlay.whiteout",
	"user.overlay.whiteout" };
/* With these the content is elsewhere, where we have not looked. */
static const char *const redirect_names[] = { "trusted.overlay.redirect",
	"user.overlay.redirect", "trusted.overlay.metacopy",
	"user.overlay.metacopy" };

#define HAS(e, table) has_xattr(e, table, sizeof(table) / sizeof((table)[0]))

static int has_xattr(struct archive_entry *e, const char *const *table,
		     size_t n)
{
	const char *name;
	const void *value;
	size_t len, i;

	archive_entry_xattr_reset(e);
	while (archive_entry_xattr_next(e, &name, &value, &len) == ARCHIVE_OK)
		for (i = 0; i < n; i++)
			if (!strcmp(name, table[i]) &&
			    !(len == 1 && *(const char *)value == 'n'))
				return 1;
	return 0;
}

/* The clean path of an entry below the root; -EINVAL where it leads out. */
static int clean_path(const struct importing *m, const char *name,
		      struct buf *out)
{
	size_t n = m->prefix ? strlen(m->prefix) : 0;

	if (!name)
		return -EINVAL;
	if (n) {
		if (strncmp(name, m->prefix, n) || (name[n] && name[n] != '/'))
			return -EINVAL;
		name += n + (name[n] == '/');
	}
	if (name[0] == '/' || !strcmp(name, "..") || !strncmp(name, "../", 3) ||
	    strstr(name, "/../"))
		return -EINVAL;
	buf_clear(out);
	return path_clean(name, out);
}

static int is_device_whiteout(struct archive_entry *e)
{
	return archive_entry_filetype(e) == AE_IFCHR &&
		archive_entry_rdevmajor(e) == 0 &&
		archive_entry_rdevminor(e) == 0;
}

/* 1 where the entry was one of those that only say what is gone; else 0. */
static int take_whiteout(struct importing *m, struct archive_entry *e,
			 const char *path)
{
	const char *base = path_base(path);
	size_t dir = path_parent_len(path);
	struct buf b = BUF_INIT;
	int r = 0;

	if (!strcmp(base, OPAQUE)) {
		r = strlist_addn(&m->opaque, path, dir);
		return r ? r : 1;
	}
	if (!strncmp(base, WHITEOUT, 4)) {
		if (!base[4] || !strcmp(base + 4, ".") ||
		    !strcmp(base + 4, ".."))
			return -EINVAL;
		buf_add(&b, path, dir ? dir + 1 : 0);
		buf_addstr(&b, base + 4);
		r = buf_oom(&b) ? -ENOMEM : strlist_add(&m->gone, b.ptr);
		buf_release(&b);
		return r ? r : 1;
	}
	if (is_device_whiteout(e) || HAS(e, whiteout_names)) {
		r = strlist_add(&m->gone, path);
		return r ? r : 1;
	}
	if (HAS(e, redirect_names))
		return -EOPNOTSUPP;
	if (archive_entry_filetype(e) == AE_IFDIR && HAS(e, opaque_names))
		r = strlist_add(&m->opaque, path);
	return r;
}

static int take_entry(struct importing *m, struct archive_entry *e)
{
	struct buf path = BUF_INIT;
	const char *name = archive_entry_pathname(e);
	int r = clean_path(m, name, &path);

	if (!r && m->as == IMPORT_LAYER)
		r = take_whiteout(m, e, path.ptr);
	if (r == -EINVAL)
		err_set(m->err, r, "the archive has an unsafe name: %s",
			name ? name : "(none)");
	else if (r == -EOPNOTSUPP)
		err_set(m->err, r, "%s is a redirect or metacopy of overlayfs; "
			"mount that with redirect_dir=off,metacopy=off",
			path.ptr);
	else if (r < 0)
		err_errno(m->err, r, "import");
	if (!r)
		r = strlist_add(&m->seen, path.ptr) ?
			err_errno(m->err, -ENOMEM, "import") :
			import_put_entry(m->put, m->archive, e, path.ptr,
					 m->err);
	buf_release(&path);
	m->result->entries++;
	if (r == -ENODEV)
		m->result->left_out++;
	if (r == -EACCES)
		m->result->refused++;
	if (r == -ENODEV || r == -EACCES)
		r = 0;
	return r < 0 ? r : 0;
}

static int read_all(struct importing *m)
{
	struct archive_entry *e;
	int r = 0, got = ARCHIVE_OK;

	while (!r && (got = archive_read_next_header(m->archive, &e)) !=
	       ARCHIVE_EOF) {
		if (got < ARCHIVE_WARN)
			return err_set(m->err, -EIO, "the archive cannot be "
				       "read: %s",
				       archive_error_string(m->archive));
		r = take_entry(m, e);
		if (m->prefix)
			archive_read_disk_descend(m->archive);
	}
	return r;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct strlist *l)
{
	if (l->n)
		qsort(l->at, l->n, sizeof(*l->at), by_bytes);
}

/* A whiteout beside an object of that name: a directory hides what was below. */
static int finish(struct importing *m)
{
	size_t i;
	int r = 0;

	sort(&m->seen);
	for (i = 0; i < m->gone.n && !r; i++) {
		char *key = m->gone.at[i];

		if (m->seen.n && bsearch(&key, m->seen.at, m->seen.n,
					 sizeof(key), by_bytes))
			r = strlist_add(&m->opaque, key) ?
				err_errno(m->err, -ENOMEM, "import") : 0;
		else
			r = import_put_remove(m->put, key, m->err);
	}
	for (i = 0; i < m->opaque.n && !r; i++)
		r = import_put_prune(m->put, m->opaque.at[i], &m->seen, m->err);
	return r;
}

int import_archive(struct layer *l, struct archive *a, const char *prefix,
		   enum import_as as, struct import_result *result,
		   struct err *err)
{
	struct importing m = { NULL, a, prefix, as, result, STRLIST_INIT,
		STRLIST_INIT, STRLIST_INIT, err };
	int r = import_put_new(&m.put, l, err);

	if (!r)
		r = read_all(&m);
	/* an archive without anything would delete all: more likely a mistake */
	if (!r && as == IMPORT_TREE && !m.seen.n)
		r = err_set(err, -EINVAL, "the archive is empty; --as=layer if "
			    "that is meant");
	if (!r && as == IMPORT_TREE && strlist_add(&m.opaque, ""))
		r = err_errno(err, -ENOMEM, "import");
	if (!r)
		r = finish(&m);
	import_put_free(m.put);
	strlist_release(&m.seen);
	strlist_release(&m.gone);
	strlist_release(&m.opaque);
	return r;
}
