/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_CHOOSE_H
#define REVIEW_CHOOSE_H

#include "review/choices.h"
#include "review/diff.h"
#include "review/plan.h"

/*
 * One change, laid out so that lines of it can be chosen: both sides, the hunks
 * (hunk.h) with the person's cuts and edits, and a mark for each changed line.
 *
 *	choose_open	with what was chosen before, where that still fits
 *	choose_mark, choose_mark_line, choose_split, choose_edit
 *	choose_store	puts the marks into the choice, in a step of choices.h
 *	choose_close
 *
 * and for apply: chosen_check, then chosen_pick for each path, and chosen_text
 * as the choice of struct plan_opts.
 */
enum choose_mark {
	CHOOSE_OPEN = '?',
	CHOOSE_TAKE = '1',
	CHOOSE_LEAVE = '0',
};

struct choose {
	struct diff_pair pair;
	struct hunks hunks;	/* none where the change is not of text */
	char *marks;		/* one for each of hunks.lines; ' ' of context */
	struct choice_op *ops;
	size_t n_ops;
	int whole;		/* of a removal: no line goes by itself */
	int lost;		/* what was chosen does not fit any more */
};

#define CHOOSE_CONTEXT 3

/* have may be NULL. Fails only without memory. */
int choose_open(struct choose *out, const struct source *s,
		const struct delta *d, const struct choice *have);
void choose_close(struct choose *c);

void choose_mark(struct choose *c, size_t hunk, enum choose_mark mark);
void choose_mark_line(struct choose *c, size_t line, enum choose_mark mark);
/* The mark of all changed lines of a hunk; 0 where they differ. */
int choose_marked(const struct choose *c, size_t hunk);
/* As hunk_split and hunk_edit; an edited hunk is taken. */
int choose_split(struct choose *c, size_t hunk, size_t *parts);
int choose_edit(struct choose *c, size_t hunk, const char *text, size_t len,
		struct err *err);

/* Appends the text that the taken lines make. */
int choose_text(const struct choose *c, struct buf *out);

/*
 * Sets state, marks and result of to by the marks: all taken is CHOICE_TAKE
 * unless a hunk was edited, all left CHOICE_LEAVE, none decided CHOICE_NONE.
 */
int choose_store(const struct choose *c, struct choice *to);

/*
 * The digest of what the agent made of d's path: kind, type, mode, origin, link
 * target, content. -EIO and the like where it cannot be read.
 */
int choose_seal(const struct source *s, const struct delta *d,
		char out[DIGEST_HEX]);
/* Seals all choices that have none, for the deltas of list. */
int choices_seal(struct choices *c, const struct source *s,
		 const struct delta_list *list, struct err *err);
/*
 * Forgets the choice (not its comments) where d, NULL for nothing, is not what
 * was sealed. 1 if something that was decided is open again, else 0; -ENOMEM.
 */
int choice_check(struct choice *k, const struct source *s,
		 const struct delta *d);
/*
 * Forgets the choices (not the comments) whose change is gone or is not the one
 * that was sealed; *n is how many of the latter. 0 or a negative errno.
 */
int choices_check(struct choices *c, const struct source *s,
		  const struct delta_list *list, size_t *n, struct err *err);

/* What plan_opts needs to take what was chosen and nothing else. */
struct chosen {
	const struct choices *choices;
	const struct source *source;
};
/* A plan_choice_fn; payload is a struct chosen. -EBADMSG where it fits no more. */
int chosen_text(void *payload, const struct delta *d, struct buf *text);

#endif
