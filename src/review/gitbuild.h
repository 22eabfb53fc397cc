/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITBUILD_H
#define REVIEW_GITBUILD_H

#include "review/gitblobs.h"
#include "review/gitdir.h"
#include "review/gitobjects.h"
#include "review/gitpack.h"
#include "review/gitview.h"

/*
 * One sanitized repository while it is made, in a gitchild: what is visible of
 * HEAD's tree and of the index goes into a pack, then the files around it are
 * written. The reply is "head REAL NEW\n" (both 40 digits) where HEAD is born.
 */
struct gitbuild {
	const struct gitview *v;	/* built repositories tell their heads */
	const struct gitview_repo *repo;
	const struct gitview_rules *rules;
	int out;		/* an empty directory */
	int cache;		/* of what was packed before; or -1 */
	char cache_name[41];
	/* private */
	struct gitdir dir;
	struct githead head;
	uint8_t new_head[GITSET_ID];
	git_odb *odb;
	struct gitpack pack;
	int packdir;
	int reply;
	time_t beat;
	int memfd;
	struct gitblobs before;
	struct gitset blobs;	/* (id, path) -> new id; all zero: left out */
	struct buf prefix;	/* workspace path of its files */
	struct buf path;
	struct buf exclude;	/* lines for what is listed but not readable */
	struct buf bytes;
};

/* The payload is a struct gitbuild. */
int gitbuild_run(void *payload, int out);

enum { GITBUILD_SHOWN = 0, GITBUILD_LEFT_OUT = 1 };

/*
 * The blob as the view shows it goes into the pack. path is the workspace's.
 * GITBUILD_SHOWN with *new set, GITBUILD_LEFT_OUT, or a negative errno.
 */
int gitbuild_blob(struct gitbuild *b, const uint8_t *id, unsigned mode,
		  const char *path, uint8_t new[GITSET_ID]);
/* The same for the commit that a submodule is at. */
int gitbuild_gitlink(struct gitbuild *b, const uint8_t *id, const char *path,
		     uint8_t new[GITSET_ID]);

/* HEAD's commit; sets new_head. */
int gitbuild_commit(struct gitbuild *b);

/* The index, of the entries that are visible; err says what to do else. */
int gitbuild_index(struct gitbuild *b, struct err *err);

/* HEAD, refs, config, info/: all but objects and index. */
int gitbuild_files(struct gitbuild *b);

#endif
