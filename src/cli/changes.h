/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CHANGES_H
#define CLI_CHANGES_H

#include "cli/live.h"
#include "cli/use.h"
#include "review/apply.h"
#include "review/risk.h"
#include "review/similar.h"
#include "session/delta.h"
#include "util/strlist.h"

struct policy;

/*
 * What the commands on changes (status, diff, apply, discard, undo, log) share:
 * the session with its changes and their risks.
 *
 *	struct changes c = CHANGES_INIT;
 *
 *	if (changes_open(&c, CHANGES_LIST, &err)) ...
 *	changes_close(&c);		always
 *
 * An apply that a crash cut short is finished or rolled back by changes_open,
 * with a line about it; where that needs the lock and another process holds it,
 * a reading command warns instead. A writing command on a mounted session works
 * on a sealed snapshot, and tells the daemon what it did (live.h).
 */
struct changes {
	struct use use;
	struct live live;	/* in use where the session is mounted */
	struct session *sealed;	/* after changes_let_go of one that is not */
	char seal[64];		/* its name */
	struct source source;
	struct delta_list list;
	struct policy *shipped;	/* rules of risk, where use has others */
	struct risks *risks;	/* NULL where the list is empty */
	struct risk *risk;	/* of each delta */
	unsigned *classes;	/* the same as bits, for struct plan_opts */
	size_t *order;		/* deltas, the dangerous first */
	char *consumed;		/* told with another: old name of an R, DELTA_ALSO */
	struct similar *similar;/* after changes_look; else NULL */
	char *ignored;		/* the same */
	struct where where;
};

#define CHANGES_INIT { .where = { .state = -1, .ws = -1 } }

enum changes_flags {
	CHANGES_WRITE = 1 << 0,	/* with the session's lock */
	CHANGES_LIST = 1 << 1,	/* fill list and risks */
	CHANGES_LAZY = 1 << 2,	/* risks by path alone, then changes_judge */
};

int changes_open(struct changes *c, int flags, struct err *err);
/* Discard of one path: layer_drop, or the daemon's. */
int changes_drop(struct changes *c, const char *path, struct err *err);
/*
 * Lets go of the session's lock: what was opened with CHANGES_WRITE is from now on
 * a sealed copy, and can only be read; others may apply, mount and go on.
 */
int changes_let_go(struct changes *c, struct err *err);
/* Discard of a part: the file of d has text instead; layer_rewrite. */
int changes_rewrite(struct changes *c, const struct delta *d,
		    const struct buf *text, struct err *err);
void changes_close(struct changes *c);

/*
 * What is for showing only: guessed renames, and which changes git ignores. 0 or
 * -ENOMEM.
 */
int changes_look(struct changes *c);
/* 1 for the D of a guessed rename whose A is there to tell of it. */
int changes_is_old_name(const struct changes *c, size_t i);

/* The risks of one change with all that its content says. 0 or -ENOMEM. */
int changes_judge(struct changes *c, size_t i);
/* Those of all changes; lazy: by path alone. Part of changes_open. */
int changes_judge_all(struct changes *c, int lazy, struct err *err);
/* Fills order anew, after classes have changed. */
void changes_sort(struct changes *c);

/*
 * Operands, as paths below the workspace: relative to the current directory
 * where that lies in the workspace or the view, else to the workspace.
 */
int changes_paths(const struct changes *c, char **argv, struct strlist *out,
		  struct err *err);
/* The same for one path. */
int changes_path(const struct changes *c, const char *arg, struct buf *out,
		 struct err *err);

/* 1 where the delta, or its origin, is one of paths or below; 1 for no paths. */
int changes_is_asked(const struct delta *d, const struct strlist *paths);

/*
 * Says of each of changes_paths' where nothing was changed and the workspace has
 * nothing either that it is no change, for it was mistyped; returns how many
 * there are.
 */
int changes_unknown(const struct changes *c, char **argv,
		    const struct strlist *paths);

/* --allow values ("ci,editor", "all") as bits; err says what there is. */
struct opt_list;
int changes_allow(const struct opt_list *words, unsigned *bits,
		  struct err *err);

/* How often the agent was refused something. */
size_t changes_attempts(const struct changes *c);

/* For messages: the session's name, or its id. */
const char *changes_name(const struct changes *c);

/* The letter of a change for people, with a '/' after a directory's name. */
int changes_is_dir(const struct delta *d);

/* {"id", "name", "workspace"} of the session. */
struct json_t;
struct json_t *changes_session_json(const struct changes *c);

/* {"path", "score"} of the other end of a guessed rename. */
struct json_t *changes_similar_json(const struct changes *c, size_t i);

/* Prints notes as warnings; returns how many. */
size_t changes_warn(const struct notes *n);

#endif
