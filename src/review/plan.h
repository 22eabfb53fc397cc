/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_PLAN_H
#define REVIEW_PLAN_H

#include "review/risk.h"
#include "review/source.h"

/*
 * What apply is going to do, decided in memory before anything is done.
 *
 * The table that decides (base, workspace now, agent -> verdict) is in plan.c and
 * in HACKING.md; the rest is: which changes are selected, what depends on what
 * (an entry on its directory, the two ends of a rename on each other), and the
 * bytes that will be written (merged, with masks turned back into secrets, or
 * the lines that were chosen).
 *
 * Nothing of the plan is carried out if one item is PLAN_CONFLICT or
 * PLAN_REFUSED. PLAN_LEFT items stay in the session, and the rest is done.
 */
enum plan_verdict {
	PLAN_ADD,
	PLAN_WRITE,	/* replace content, or an object by one of another type */
	PLAN_MERGE,	/* as WRITE, with what the user changed meanwhile */
	PLAN_MOVE,	/* of a file or link: rename */
	PLAN_META,	/* mode or times only */
	PLAN_REMOVE,
	PLAN_MOVED,	/* the old name of a MOVE: goes with it */
	PLAN_NOTHING,	/* the workspace is like that already */
	PLAN_LEFT,	/* not applied; stays in the session */
	PLAN_CONFLICT,
	PLAN_REFUSED,
	PLAN_VERDICTS
};

struct plan_item {
	const struct delta *d;
	enum plan_verdict verdict;
	int selected;
	unsigned risk;		/* class bits */
	char *why;		/* for LEFT, CONFLICT, REFUSED, notes; or NULL */
	int has_content;	/* content is to be written, not the agent's own */
	struct buf content;	/* or of a CONFLICT: with markers, if any */
	int partial;		/* content is a part: the rest stays */
	int fills;		/* has what short masks are filled with */
	mode_t mode;		/* type and permissions to have afterwards */
	struct stat now;	/* what must be there when it is done; or zero */
	struct plan_item *pair;	/* other end of a rename, or NULL */
};

struct plan {
	struct plan_item *at;	/* by path, as the deltas are */
	size_t n;
	size_t count[PLAN_VERDICTS];	/* of selected items, without DELTA_ALSO */
};

/*
 * Replaces the agent's content of a file by the chosen part of it: 1 with text
 * filled, 0 to take all of it, 2 to leave the file, or a negative errno.
 */
typedef int (*plan_choice_fn)(void *payload, const struct delta *d,
			      struct buf *text);

struct plan_opts {
	const char *const *paths;	/* clean; n_paths 0 selects all */
	size_t n_paths;
	const char *picked;		/* 1 for each delta to select, in place
					   of paths; or NULL */
	unsigned allow;			/* risk class bits */
	const char *const *unprotect;	/* --protected PATH, clean */
	size_t n_unprotect;
	int skip_conflicts;		/* conflicts are left, not fatal */
	int markers;			/* conflicts are written with markers */
	const unsigned *risk;		/* class bits of each delta; or NULL */
	plan_choice_fn choice;		/* or NULL */
	void *choice_payload;
};

/* list and s must outlive the plan; ws is the workspace's root. */
int plan_make(struct plan *out, const struct delta_list *list,
	      const struct source *s, int ws, const struct plan_opts *o,
	      struct err *err);
void plan_release(struct plan *p);

/* NULL where no item has that path. */
struct plan_item *plan_find(const struct plan *p, const char *path, size_t len);

/*
 * The path that the item will be another name of; NULL where it will be a file
 * of its own. *ino is the inode that is there already, or 0.
 */
const char *plan_link_of(const struct plan *p, const struct plan_item *it,
			 ino_t *ino);
/* 1 for a further name that is told of with the first one (DELTA_ALSO). */
int plan_is_also(const struct plan_item *it);

/* 1 for verdicts that change the workspace. */
int plan_acts(enum plan_verdict v);
/* 1 where a conflict or refusal forbids to carry the plan out. */
int plan_is_blocked(const struct plan *p);

/* "add", "conflict"...: stable words for JSON. */
const char *plan_verdict_name(enum plan_verdict v);

/* One line for each selected item, escaped; then one that sums up. */
void plan_print(const struct plan *p, struct buf *out);
/* The array of items of the JSON form, described in scrim(1). */
struct json_t;
struct json_t *plan_json(const struct plan *p);

#endif
