/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_CHOICES_H
#define REVIEW_CHOICES_H

#include <stddef.h>

#include "util/digest.h"
#include "util/err.h"

/*
 * What a person has decided about changes: take, leave, or a part; with
 * comments. It is kept in the session, so that a review can go on another day,
 * and `apply --chosen` takes exactly what was chosen.
 *
 *	choices_load, any number of the others, choices_save, choices_release
 *
 * A choice is about bytes, not about a name: its seal is the digest of what the
 * reviewer saw (choose.h makes it). Where the agent has changed the object since,
 * the seal does not fit and the choice counts no more.
 *
 * Each step of a person is one group for undo: choices_step, then any number of
 * choices_edit. A lack of memory is sticky and reported by choices_save.
 */
#define CHOICES_FILE "choices"	/* in the session's directory */

enum choice_state {
	CHOICE_NONE,
	CHOICE_TAKE,
	CHOICE_LEAVE,
	CHOICE_PART,		/* some lines of a file */
};

/* How the hunks of a file were cut, in the order of doing. */
struct choice_op {
	size_t hunk;
	char *text;		/* of an edited hunk; NULL: it was split */
};

struct choice_comment {
	char side;		/* '-': line of the old text, '+': of the new */
	unsigned line;		/* 0: about the change as a whole */
	char *text;		/* one line or more; not escaped */
};

struct choice {
	char *path;
	enum choice_state state;
	int seen;		/* its diff was on the screen */
	char seal[DIGEST_HEX];	/* "" before choose_seal */
	/* of a part */
	struct choice_op *ops;
	size_t n_ops;
	char *marks;		/* a CHOOSE_* for each changed line; or NULL */
	char result[DIGEST_HEX];/* of the text that it makes */
	struct choice_comment *comments;
	size_t n_comments;
};

struct choices {
	struct choice **at;	/* by path */
	size_t n;
	int dirty;		/* changed since it was loaded or saved */
	/* private */
	struct choice_undo *undo;
	size_t cap, n_undo, cap_undo, step;
	int oom;
};

#define CHOICES_INIT { .n = 0 }

/* A missing file is no choices. -EBADMSG for one that is not of this form. */
int choices_load(struct choices *c, int session_fd, struct err *err);
/* Replaces the file, or removes it where nothing is chosen. */
int choices_save(struct choices *c, int session_fd, struct err *err);
void choices_release(struct choices *c);

/* NULL where nothing is known of path. */
struct choice *choices_get(const struct choices *c, const char *path);
enum choice_state choices_state(const struct choices *c, const char *path);

/* Begins a step that choices_undo takes back as a whole. */
void choices_step(struct choices *c);
/* The choice of path, to be changed within the step. NULL without memory. */
struct choice *choices_edit(struct choices *c, const char *path);
/* The same without undo: for what is no decision (seen, seals). */
struct choice *choices_note(struct choices *c, const char *path);
/* Sets the state of a whole change, within the step. */
void choices_set(struct choices *c, const char *path, enum choice_state state);
/*
 * Takes the last step back: 1 with *path a path of it (borrowed until the next
 * change of c), 0 where there is none.
 */
int choices_undo(struct choices *c, const char **path);

/* Back to CHOICE_NONE with no marks; comments stay. */
void choice_reset(struct choice *k);
/* An empty text removes the comment. 0 or -ENOMEM. */
int choice_comment(struct choice *k, char side, unsigned line,
		   const char *text);
/* NULL where there is none. */
const char *choice_comment_at(const struct choice *k, char side,
			      unsigned line);
/* Appends an operation; text is copied. 0 or -ENOMEM. */
int choice_add_op(struct choice *k, size_t hunk, const char *text);

/* What choices.c and choices_file.c share. */
void choice_free(struct choice *k);
/* Puts k, with a path that is not there yet. 0 or -ENOMEM (k is freed). */
int choices_put(struct choices *c, struct choice *k);

#endif
