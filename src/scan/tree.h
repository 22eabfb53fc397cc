/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_TREE_H
#define SCAN_TREE_H

#include <sys/stat.h>

#include "scan/cache.h"
#include "scan/policy.h"
#include "scan/scan.h"

/*
 * Scans all regular files below a directory, or one file, with several threads,
 * and tells of each in the order of the walk (util/walk.h), from the thread that
 * asked. Nothing is left out for being hidden, ignored or untracked. No symlink
 * is followed, no other file system entered.
 *
 * Memory is bounded whatever the tree: TREE_AHEAD files are on their way at most.
 */
#define TREE_AHEAD 256

struct tree_file {
	const char *path;		/* below the root */
	struct stat st;
	int error;			/* negative errno: was not read at all */
	struct scan_result res;
	/*
	 * The rule that calls it a secret by its name, where the content does
	 * not tell more; else NULL.
	 */
	const struct rule *by_path;
	/* Its values were all looked at, and none of them is a secret. */
	int only_by_name;
	struct finding *at;		/* secrets are copies */
	size_t n;
};

struct tree_progress {
	unsigned long long files, bytes;
	unsigned long long findings;
};

struct tree_scan {
	struct scanner *scanner;
	const struct policy *policy;	/* rules of paths; NULL for none */
	struct cache *cache;		/* NULL for none */
	int threads;
	struct scan_what what;		/* path, fn and payload are set here */
	/*
	 * Each file that has something to tell: findings, a rule of paths, an
	 * error or an incomplete result. A negative return ends it all.
	 */
	int (*file)(void *payload, const struct tree_file *f);
	void (*progress)(void *payload, const struct tree_progress *p);
	void *payload;
};

/* 0, or the negative errno of the callback or -ENOMEM. */
int tree_scan(const struct tree_scan *t, int rootfd);

/* One file; path is what the rules and the callback get. fd is not closed. */
int tree_scan_one(const struct tree_scan *t, int fd, const char *path);

#endif
