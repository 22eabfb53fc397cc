/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITOBJECTS_H
#define REVIEW_GITOBJECTS_H

#include <git2.h>

#include "review/gitrules.h"
#include "review/gitset.h"
#include "util/sha1.h"

/*
 * The objects of one repository under the eyes of the rules. Runs in a
 * gitchild only.
 *
 *	gitobjects_open(&o, objects_fd, rules, why);
 *	gitobjects_named(&o, id, path)	for each entry of an index
 *	gitobjects_all(&o, prefix)	commits, their trees, and what is left over
 *
 * Every object must have been named by a path: a blob that no tree and no index
 * holds may be any file. Where it is a loose object it can be left out of the
 * view, and its file's path goes into hide, a line each; else it counts as
 * protected. Functions return GITOBJECTS_CLEAN, GITOBJECTS_FOUND with the reason in
 * why, or a negative errno.
 */
enum { GITOBJECTS_CLEAN = 0, GITOBJECTS_FOUND = 1 };

#define GITOBJECTS_BLOB_MAX (256u << 20)
#define GITOBJECTS_HIDE_MAX 4096

struct gitobjects {
	const struct gitview_rules *rules;
	git_odb *odb, *packs;
	int objects_fd;		/* borrowed */
	int memfd;
	struct gitset seen;	/* ids that some path names */
	struct gitset judged;	/* (id, path) */
	struct gitset paths;	/* paths that may be seen; value: confirm */
	struct buf path;
	struct buf *why;	/* borrowed */
	struct buf *hide;	/* borrowed; "hide xx/yyy...\n" for each */
	const char *hide_below;	/* put before each path */
	unsigned long unnamed;
};

int gitobjects_open(struct gitobjects *o, int objects_fd,
		    const struct gitview_rules *rules, struct buf *why);
void gitobjects_release(struct gitobjects *o);

/* path is the workspace's; mode as in a tree. */
int gitobjects_named(struct gitobjects *o, const uint8_t *id,
		     const char *path);
/* prefix is the workspace path of the repository's root, "" or a clean path. */
int gitobjects_all(struct gitobjects *o, const char *prefix);

/*
 * An object database of exactly this directory: no alternates are followed, and
 * anything in it that is neither file nor directory makes it -EPERM. Unless
 * state is NULL, the identity of each file is added to it, and a file that is in
 * no list of objects (what a killed git left, a pack without index) is -EBADMSG.
 */
int gitodb_open(git_odb **out, int objects_fd, struct sha1 *state);
/* The same of packs alone; after gitodb_open. */
int gitodb_open_packs(git_odb **out, int objects_fd);
/* The part of gitodb_open that looks at the files. */
int gitodb_check(int objects_fd, struct sha1 *state);

/* An object of at most max bytes, to be freed; -ENOENT, -EFBIG, -EIO. */
int gitodb_read(git_odb *odb, const uint8_t id[GITSET_ID], size_t max,
		git_odb_object **out);

/* An index file by descriptor; *index may be used without a repository. */
int gitodb_index(git_index **out, int fd);

/* One entry of a tree object's bytes. */
struct gittree_entry {
	unsigned mode;
	const char *name;	/* ended by NUL within the tree's bytes */
	size_t len;
	const uint8_t *id;
};
/* 1 with *e set, 0 at the end, -EINVAL for what git would not accept. */
int gittree_next(const uint8_t **p, const uint8_t *end,
		 struct gittree_entry *e);

#define GITMODE_DIR 040000
#define GITMODE_LINK 0120000
#define GITMODE_GITLINK 0160000

/* The id after "tree " at the beginning of a commit; -EINVAL. */
int gitcommit_tree(const char *data, size_t len, uint8_t id[GITSET_ID]);

#endif
