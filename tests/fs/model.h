/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FS_MODEL_H
#define TESTS_FS_MODEL_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "rng.h"

/*
 * The randomised comparison of two file systems: one operation at a time is
 * done in two directories, PLAIN and VIEW, and what it returned is compared.
 *
 * Which operation comes as number i, with which arguments, follows from the
 * seed, i, and the state of the PLAIN tree alone; so a seed replays, and
 * operations can be left out to make a failing sequence shorter.
 */
enum side { PLAIN, VIEW, SIDES };

#define MODEL_SLOTS 8
#define MODEL_PATH 4000
#define MODEL_DESC 400

struct outcome {
	long ret;		/* or a negative errno */
	uint64_t seen;		/* hash of all that came with it */
	char text[120];		/* the same in words, where it is short */
};

struct model {
	struct rng rng;
	int root[SIDES];
	int slot[MODEL_SLOTS][SIDES];	/* open files; -1 where none */
	struct outcome out[SIDES];
	time_t since;		/* later mtimes are the run's own */
	int apart;		/* alone in a subtree, which links must not leave */
	char desc[MODEL_DESC];	/* the operation in words */
};

struct model_op {
	const char *name;
	int weight;
	void (*run)(struct model *m);
};

/* Ended by a NULL name. */
extern const struct model_op model_name_ops[];	/* model_names.c */
extern const struct model_op model_file_ops[];	/* model_files.c */

/* For operations. */
#define BOTH(s) for (s = PLAIN; s < SIDES; s++)
void model_say(struct model *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The return value of a system call (errno is taken where negative). */
void model_ret(struct model *m, int side, long ret);
void model_see(struct model *m, int side, const void *data, size_t len);

/*
 * A random path of the PLAIN tree, of an object that exists in most cases.
 * Valid until the fourth next call.
 */
const char *model_pick(struct model *m);
/* A regular file in most cases. */
const char *model_pick_file(struct model *m);
/* One that does not exist in most cases. */
const char *model_pick_new(struct model *m);
/* The same escaped, for model_say. */
const char *model_shown(const char *path);

/* An open slot, or -1; a free one, after closing another where it must. */
int model_slot(struct model *m);
int model_free_slot(struct model *m);
void model_close_slot(struct model *m, int slot);

#endif
