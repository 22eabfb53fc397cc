/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_BLOBS_STORE_H
#define REVIEW_BLOBS_STORE_H

#include <git2.h>

#include "review/gitdir.h"
#include "review/gitobjects.h"
#include "review/blobs.h"
#include "review/blobs_apart.h"

/*
 * The object store of a repository, opened without its config, and its objects
 * as bytes. Private to blobs.c.
 */
struct blobs_store {
	struct gitdir dir;
	git_odb *odb;
	struct blobs_watch *watch;	/* asked before each object; or NULL */
};

/* dir is a worktree, a git directory or a bare repository, or lies below one. */
int blobs_open(struct blobs_store *s, const char *dir, struct err *err);
void blobs_close(struct blobs_store *s);

/* 0 with *out to free, or -ENOENT, -EFBIG, -EIO. */
int blobs_read(struct blobs_store *s, const uint8_t id[GITSET_ID],
		 git_odb_object **out);

/* What a commit's bytes say. */
struct blobs_commit {
	uint8_t tree[GITSET_ID];
	uint8_t parent[16][GITSET_ID];
	size_t parents;
	char author[256];
	time_t date, committed;
};
int blobs_parse_commit(const char *data, size_t len,
			 struct blobs_commit *out);

/* A revision's commit; err says what is wrong with rev. */
int blobs_resolve(struct blobs_store *s, const char *rev,
		    uint8_t id[GITSET_ID], struct err *err);

#endif
