/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_SCANNER_H
#define SCAN_SCANNER_H

#include <pthread.h>
#include <time.h>

#include "scan/glob.h"
#include "scan/keywords.h"
#include "scan/scan.h"
#include "scan/validate.h"
#include "util/buf.h"

/*
 * What the engine's files share: the compiled scanner and a thread's state.
 * Private to scan.c, scan_read.c, scan_match.c and scanner.c.
 */

struct scan;
struct slot;

/*
 * A detector is a rule's matcher written in C: it is asked about a keyword of
 * len bytes at offset at of the text and calls scan_found for each secret.
 */
typedef int (*detector_fn)(struct scan *s, const struct slot *slot, size_t at,
			   size_t len);

/* A content rule as the engine uses it. */
struct slot {
	const struct rule *rule;
	detector_fn detector;	/* NULL: the rule's pattern */
	struct pattern **allow;
	const struct validator **validate;
	struct glob **paths, **except;
	unsigned index;		/* in scanner.slots */
};

struct scanner {
	const struct ruleset *rules;
	struct slot *slots;
	size_t nslots;
	struct keywords *words;
	/* word w belongs to slots of[first[w]] to of[first[w + 1] - 1] */
	uint32_t *first, *of;
	size_t nwords;
	uint32_t *always;	/* slots without keywords: they have paths */
	size_t nalways;
	pthread_mutex_t lock;	/* of free */
	struct scan *free;	/* states that wait for a thread */
};

/* What a thread knows of a slot in the present file. */
struct seen {
	unsigned file;		/* number of the file this is about */
	int path;		/* 1 applies, 0 does not */
	off_t from, to;		/* text already searched around a keyword */
	off_t resume;		/* end of the last match */
};

struct found {
	struct finding f;	/* f.secret is not yet set */
	size_t secret;		/* in scan.secrets */
	const struct slot *slot;
};

#define HITS 4096

struct scan {
	struct scanner *sc;
	struct scan *next;
	struct pattern_scratch *scratch;
	struct seen *seen;
	unsigned file;
	struct keyword_hit hits[HITS];

	/* the file being scanned */
	const struct scan_what *what;
	struct scan_result *res;
	struct folded path;
	int width, big_endian;
	int kind;		/* of the file by its name, as detectors see it */
	struct timespec start;
	unsigned long ticks;

	/* the piece of text at hand: characters base to base + len */
	const char *text;
	size_t len;
	off_t base;
	int last;		/* it ends where the file ends */
	off_t line_at;		/* start of line number line_no */
	unsigned long line_no;
	off_t line_start, line_seen;	/* scan_report.c */
	size_t line_from, line_to;	/* the line last asked for */

	struct found *found;
	size_t nfound, cap;
	struct buf secrets;

	char *raw;		/* read buffer */
	char *narrow;		/* UTF-16 made narrow */
};

/* scanner.c */
int slot_applies(struct scan *s, const struct slot *slot);

/* scan_match.c */

/* Searches the slots around one keyword; 0 or a negative errno. */
int match_keyword(struct scan *s, const struct keyword_hit *hit);
/* The rules without keywords, over characters from to to of the text. */
int match_always(struct scan *s, size_t from, size_t to);

/*
 * Notes a secret of len characters at off of the text, within a match. What the
 * rule's own checks acquit is left out.
 */
int scan_found(struct scan *s, const struct slot *slot, size_t off, size_t len,
	       size_t match, size_t match_len, enum confidence confidence);

/* Start and end of the line that holds at, at most SCAN_BEFORE before it. */
void scan_line(struct scan *s, size_t at, size_t reach, size_t *from,
	       size_t *to);

/* 1 where the time is over; then the result says so. */
int scan_out_of_time(struct scan *s);

/* scan_report.c: what was found before character end is final, and is told. */
int report(struct scan *s, off_t end);
/* The line that holds character at of the text. */
unsigned long line_of(struct scan *s, size_t at, size_t *column);
/* Counts the lines of the first n characters, which will be dropped. */
void line_drop(struct scan *s, size_t n);

/* The detectors by name; NULL where there is none. */
detector_fn detector_find(const char *name);

#endif
