/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_HUNK_H
#define REVIEW_HUNK_H

#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * The difference of two texts as hunks of lines, and the text that results when
 * only some of the lines are taken. This is the model that the printer of diffs
 * (diff.h) and the review screen work on; nothing here prints.
 *
 *   hunks_make      compare; old and new are borrowed until hunks_release
 *   hunk_split      cut a hunk at its unchanged lines
 *   hunk_choose     take or leave a hunk; or set line.chosen of one line
 *   hunk_edit       replace a hunk's lines by a text that a person edited
 *   hunks_build     the text that the choice makes
 *
 * What always holds: with everything chosen hunks_build gives new, with nothing
 * chosen it gives old, byte for byte (an edited hunk stands for new there). A
 * line that is not chosen stays as it was in old: a '-' stays, a '+' is absent.
 *
 * Line numbers count from 1; a hunk's range of 0 lines starts at the line
 * before it, as in a unified diff. Whether a text is binary is decided by its
 * bytes alone (a NUL in the first HUNK_SNIFF), never by an attribute.
 */
#define HUNK_SNIFF 8000
#define HUNK_MAX_BYTES (8u << 20)	/* of one side; THREATS: a diff ends */
#define HUNK_MAX_LINES 200000

struct diff_line {
	char origin;		/* ' ', '-' or '+' */
	unsigned char chosen;	/* of '-' and '+' */
	unsigned old_no, new_no;/* 0 where the side does not have it */
	const char *text;	/* with its '\n', where it has one */
	size_t len;
};

struct diff_hunk {
	unsigned old_start, old_lines;
	unsigned new_start, new_lines;
	size_t first, n;	/* into lines */
};

enum hunks_state {
	HUNKS_TEXT,
	HUNKS_BINARY,
	HUNKS_TOO_BIG,		/* over a bound: not compared, no hunks */
};

struct hunks {
	enum hunks_state state;
	struct diff_line *lines;
	size_t n_lines;
	struct diff_hunk *at;
	size_t n;
	size_t added, removed;	/* lines */
	/* private */
	const char *old, *new;
	size_t old_len, new_len;
	char **edits;		/* texts of edited hunks */
	size_t n_edits;
};

enum hunks_flags {
	HUNKS_FORCE_TEXT = 1 << 0,	/* a binary is compared as text */
};

/* 0, -ENOMEM or -EIO; over a bound is not an error but HUNKS_TOO_BIG. */
int hunks_make(struct hunks *out, const char *old, size_t old_len,
	       const char *new, size_t new_len, unsigned context, int flags);
void hunks_release(struct hunks *h);

/* 1 where bytes are binary by the rule above. */
int hunks_is_binary(const char *text, size_t len);

/*
 * Cuts hunk i wherever unchanged lines stand between changes; the parts take its
 * place. *parts is how many there are now (1: it could not be cut). Unchanged
 * lines go to the part before them. 0 or -ENOMEM.
 */
int hunk_split(struct hunks *h, size_t i, size_t *parts);

void hunk_choose(struct hunks *h, size_t i, int chosen);
/* 1 all lines chosen, 0 none, -1 some. */
int hunk_chosen(const struct hunks *h, size_t i);
void hunks_choose_all(struct hunks *h, int chosen);

/* Appends the hunk's lines, each with its origin in front, for an editor. */
void hunk_text(const struct hunks *h, size_t i, struct buf *out);

/*
 * The inverse: text's ' ' and '-' lines must be the old lines of the hunk, in
 * order (-EINVAL else, with the line in err); its '+' lines are free. All is
 * chosen afterwards. Lines that begin with '#' are dropped.
 */
int hunk_edit(struct hunks *h, size_t i, const char *text, size_t len,
	      struct err *err);

/* Appends the result of the present choice. 0 or -ENOMEM. */
int hunks_build(const struct hunks *h, struct buf *out);

#endif
