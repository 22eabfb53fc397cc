/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include "review/source.h"
#include "session/delta.h"

/*
 * A session made of three directories, for tests of review without a layer:
 *
 *   ws     the workspace
 *   base   a copy of it from the start
 *   view   a copy that the test changes as an agent would
 *
 * fake_start makes the root with an empty ws; the test fills ws; fake_begin
 * takes the copies; the test changes view (and ws, as a user would); fake_list
 * compares. fake_origin marks a path of the view as renamed. All shell commands
 * of a test run with the root as current directory.
 */
struct fake_entry {
	char *path;
	struct stat st;
};

struct fake_tree {
	struct fake_entry *at;
	size_t n;
};

struct fake {
	char root[40];
	int rootfd, ws, base, view;
	struct fake_tree before;	/* of ws, at fake_begin */
	char *origins[16][2];		/* new path, origin */
	size_t n_origins;
	struct delta_list list;
	struct source src;
	char **dropped;
	size_t n_dropped;
};

void fake_start(struct fake *f);
/* The same in memory where possible, so that syncing takes no time. */
void fake_start_quick(struct fake *f);
void fake_begin(struct fake *f);
void fake_origin(struct fake *f, const char *path, const char *origin);
void fake_list(struct fake *f);
/* Takes the workspace as it is now for what it was; compares anew. */
void fake_again(struct fake *f);
void fake_end(struct fake *f);

/* A home in the root, in which git knows who commits, and a repository in ws. */
void fake_git(const struct fake *f);
/* Runs a shell command in the root; returns its exit status. */
int fake_sh(const struct fake *f, const char *command);
/* As above, and fails the test where the status is not 0. */
void fake_do(const struct fake *f, const char *command);
/* Shell commands that fill ws, and make 200 changes of every kind in view. */
extern const char fake_many[], fake_many_change[];
/* The delta of a path; fails the test where there is none. */
struct delta *fake_delta(struct fake *f, const char *path);
void fake_write(const struct fake *f, const char *path, const void *data,
		size_t len);

#endif
