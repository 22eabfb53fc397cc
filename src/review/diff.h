/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_DIFF_H
#define REVIEW_DIFF_H

#include "review/hunk.h"
#include "review/source.h"

/*
 * Diffs of changes as text, in the form that git has and `git apply` takes.
 *
 *   diff_load     both sides of a change as the agent saw them (masked, so no
 *                 secret is ever in a diff)
 *   diff_patch    the text; diff_stat_line and diff_status for summaries
 *
 * Three ways to treat bytes that could do harm to a terminal (escape sequences,
 * lone carriage returns, C1, bidirectional controls):
 *
 *   DIFF_ESCAPE  for a terminal or a pager: shown by util/esc.h, very long lines
 *                are cut with a count of what is left out. Not to be applied.
 *   neither      for a pipe: bytes are exact, so that `scrim diff | git apply`
 *                works, but a file with such bytes is given as a git binary
 *                patch (also exact), so that `scrim diff | cat` does no harm.
 *   DIFF_EXACT   for --patch and files: all text as it is.
 *
 * Names are quoted in C style as git does, where they hold a control, a quote,
 * a backslash, invalid UTF-8 or a hidden character. Attributes, ignore files,
 * filters and drivers play no part.
 */
#define DIFF_SHOW_MAX HUNK_MAX_BYTES	/* larger: size only, where shown */
#define DIFF_EXACT_MAX (256u << 20)	/* larger: no patch can be made */

struct diff_side {
	const char *path;	/* borrowed from the delta */
	mode_t mode;		/* 0: nothing is there */
	struct buf text;
	off_t size;
	int state;		/* 0, or why text is not there (-errno) */
};

struct diff_pair {
	enum delta_kind kind;
	unsigned flags;		/* of the delta */
	struct diff_side old, new;
	int similarity;		/* of a rename, per cent */
};

enum diff_flags {
	DIFF_ESCAPE = 1 << 0,
	DIFF_EXACT = 1 << 1,
	DIFF_WORDS = 1 << 2,	/* [-old-]{+new+} within lines; not to apply */
	DIFF_FORCE_TEXT = 1 << 3,
	DIFF_NUMBERS = 1 << 4,	/* "hunk N" behind each hunk's line numbers */
};

/* Colours, "" for none. */
struct diff_style {
	const char *plain, *head, *hunk, *old, *new;
};

struct diff_opts {
	unsigned context;
	int flags;
	const struct diff_style *style;	/* NULL: no colours */
};

/* Fails only without memory; a side that cannot be read says so in state. */
int diff_load(const struct source *s, const struct delta *d, size_t limit,
	      struct diff_pair *out);
/* Of a guessed rename: the old side of the removal d, the new one of a. */
int diff_load_similar(const struct source *s, const struct delta *a,
		      const struct delta *d, int score, size_t limit,
		      struct diff_pair *out);
void diff_pair_release(struct diff_pair *p);

/*
 * Appends the change as text. A directory is a comment line, which git apply
 * passes over. -EFBIG, with DIFF_EXACT, for what is over DIFF_EXACT_MAX; -EIO
 * for a side that could not be read, but not with DIFF_ESCAPE, which says so in
 * the text instead.
 */
int diff_patch(const struct diff_pair *p, const struct diff_opts *o,
	       struct buf *out);

/* Appends one hunk as diff_patch does, but from a comparison that is there. */
int diff_hunk(const struct hunks *h, size_t i, const struct diff_opts *o,
	      struct buf *out);

/* Lines added and removed; both -1 for a binary or what is too big. */
int diff_count(const struct diff_pair *p, long *added, long *removed);

/* Appends a path, in quotes where it needs them; prefix is "a/", "b/" or "". */
void diff_quote(struct buf *out, const char *prefix, const char *path);

/* 1 where text could do harm to a terminal that it is sent to. */
int diff_is_harmful(const char *text, size_t len);

/* The mode that git knows for a mode: 100644, 100755, 120000; 0 for 0. */
unsigned diff_git_mode(mode_t mode);

#endif
