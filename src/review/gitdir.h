/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITDIR_H
#define REVIEW_GITDIR_H

#include <stddef.h>
#include <stdint.h>

#include "review/gitset.h"
#include "util/buf.h"
#include "util/err.h"

struct gitview;
struct gitview_repo;

/*
 * The plain files of a git directory, read beneath its descriptor: no symlink
 * is followed, nothing but a regular file is read, no library is asked.
 */
struct gitdir {
	int fd;			/* HEAD, index */
	int common;		/* objects, refs, config */
	int objects;
	struct buf config;	/* config, and config.worktree where it counts */
	int linked;		/* a linked worktree */
};

#define GITDIR_SMALL (1u << 20)
#define GITDIR_LARGE (64u << 20)

/*
 * Opens what repo points at, and refuses (-EPERM, -ENOTSUP...; the reason in
 * err) what leads out of the workspace without being pointed back from there, a
 * format that is not known, and objects borrowed from elsewhere.
 */
int gitdir_open(struct gitdir *out, const struct gitview *v,
		const struct gitview_repo *repo, struct err *err);
/* gitdir_release may be called after a failed gitdir_open. */
void gitdir_release(struct gitdir *d);

/* Replaces out's content. -ENOENT, -EINVAL where not regular, -EFBIG. */
int gitdir_read(int dirfd, const char *path, size_t limit, struct buf *out);
/* 1 where something is at path, whatever it is. */
int gitdir_has(int dirfd, const char *path);

/*
 * HEAD: ref is the full name of the branch, or NULL where it is detached; id is
 * set where there is a commit, else born is 0.
 */
struct githead {
	char *ref;
	int born;
	uint8_t id[GITSET_ID];
};
int gitdir_head(const struct gitdir *d, struct githead *out, struct err *err);
void githead_release(struct githead *h);

/* A ref's object, symbolic ones followed. -ENOENT where there is none. */
int gitdir_ref(const struct gitdir *d, const char *name,
	       uint8_t id[GITSET_ID]);

/* 1 for a name of a ref that is safe to write to a file of refs. */
int gitdir_ref_is_clean(const char *name);

/* 40 hex digits to bytes (-EINVAL), and back with a NUL. */
int gitdir_id_parse(const char *hex, size_t len, uint8_t id[GITSET_ID]);
void gitdir_id_text(const uint8_t id[GITSET_ID], char out[41]);

#endif
