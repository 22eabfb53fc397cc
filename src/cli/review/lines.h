/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REVIEW_LINES_H
#define CLI_REVIEW_LINES_H

#include "review/choose.h"
#include "review/risk.h"

/*
 * A change laid out as lines, ready to be painted: what is to be known of it
 * (kind, mode, type, risks, remarks), then its hunks. With LINES_WIDE old and new
 * lines stand side by side.
 */
enum line_kind {
	LINE_HEAD,		/* text: what it is */
	LINE_RISK,		/* text: why, class says how bad */
	LINE_NOTE,		/* text: a remark of ours */
	LINE_HUNK,		/* hunk */
	LINE_TEXT,		/* left and right: of hunks.lines, or none */
	LINE_COMMENT,		/* text: what the person said */
	LINE_SAME,		/* text: of a comparison that is only shown */
	LINE_OLD,
	LINE_NEW,
};

#define LINE_NONE ((size_t)-1)

struct line {
	enum line_kind kind;
	size_t hunk;		/* LINE_NONE before the first */
	size_t left, right;	/* the same for a line without a partner */
	enum risk_class class;
	char *text;		/* raw; or NULL */
};

struct lines {
	struct line *at;
	size_t n;
	/* private */
	size_t cap;
	int oom;
};

enum lines_flags { LINES_WIDE = 1 << 0 };

/* What else is to be said of a change. */
struct lines_more {
	const char *notes[3];	/* ended by NULL */
	const struct hunks *like;	/* against what it is like; or NULL */
};

int lines_make(struct lines *l, const struct delta *d, const struct risk *risk,
	       const struct lines_more *more,
	       const struct choose *c, const struct choice *k, int flags);
void lines_release(struct lines *l);

/* The line whose words changed against it, or LINE_NONE. */
size_t lines_partner(const struct choose *c, size_t hunk, size_t line);

#endif
