/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "scan/ruleset.h"
#include "util/err.h"

/*
 * Finds secrets in bytes with the content rules of a rule set.
 *
 * A scanner is made once and never changes: any number of threads share it.
 * What a thread needs meanwhile is in a scan state; states are kept by the
 * scanner and borrowed:
 *
 *	scanner_new(&sc, rules, &err);
 *	s = scan_begin(sc);			in each thread
 *	scan_fd(s, &what, fd, &res);		any number of times
 *	scan_end(sc, s);
 *	scanner_free(sc);
 *
 * How it works: one pass of a multi-keyword filter (scan/keywords.h) over every
 * byte; only around a keyword the rule's pattern or detector is asked. A match
 * of a pattern must contain one of the rule's keywords, begin at most
 * SCAN_BEFORE bytes before the keyword and end at most SCAN_AFTER after it.
 *
 * UTF-16 is read as the text that it encodes (with a byte order mark, or where
 * every second byte is NUL); offsets are always those of the file. A file that
 * looks binary gets the rules of high confidence only.
 */
struct scanner;
struct scan;

/* Counts up whenever the same bytes and rules may get another verdict. */
#define SCAN_REVISION 9

#define SCAN_BEFORE 1024
#define SCAN_AFTER 16384

struct finding {
	off_t off;		/* of the secret itself, in bytes of the file */
	size_t len;
	off_t match_off;	/* of all that the rule matched */
	size_t match_len;
	unsigned long line, end_line;	/* of the secret, from 1 */
	unsigned long column;		/* in bytes, from 1 */
	const struct rule *rule;
	enum severity severity;
	enum confidence confidence;
	int width;		/* bytes per character: 1, or 2 in UTF-16 */
	/*
	 * The secret's characters (len / width of them), for hashing and
	 * masking; borrowed until the callback returns, not NUL-ended.
	 */
	const char *secret;
	const char *copy_of;	/* of a copy (scan/taint.h): whose; or NULL */
};

/* A negative return ends the scan with that error. */
typedef int (*scan_fn)(void *payload, const struct finding *f);

/* What a scan is asked to do. */
struct scan_what {
	const char *path;	/* for rules that look at the path; or NULL */
	enum confidence least;/* findings of less confidence are left out */
	enum severity least_severity;
	int all;		/* of overlapping findings all, not the best */
	int trust_comments;	/* "scrim:allow" on a line hides its findings */
	/*
	 * Milliseconds for the whole of it beside SCAN_MS_PER_MIB for each MiB;
	 * 0 for the default of 2000.
	 */
	unsigned ms;
	scan_fn fn;		/* findings come in order of their offset */
	void *payload;
};
#define SCAN_MS_PER_MIB 500

enum scan_state {
	SCAN_COMPLETE,
	SCAN_UNREADABLE,	/* error says why; what was read was scanned */
	SCAN_TIMED_OUT,
	SCAN_MATCH_LIMIT,	/* a pattern gave up somewhere */
	SCAN_TOO_MANY,		/* more than SCAN_MAX_FINDINGS */
	SCAN_CHANGED,		/* the file was written meanwhile */
};
#define SCAN_MAX_FINDINGS 100000

struct scan_result {
	enum scan_state state;	/* the first reason for being incomplete */
	int error;		/* negative errno of SCAN_UNREADABLE; else 0 */
	uint64_t bytes;		/* that were scanned, holes left out */
	unsigned long findings;
	int binary;
};

/* rules must outlive the scanner. */
int scanner_new(struct scanner **out, const struct ruleset *rules,
		struct err *err);
void scanner_free(struct scanner *sc);
/* 1 where no rule looks at content: nothing is ever found. */
int scanner_is_empty(const struct scanner *sc);

/* Borrowed; NULL where there is none of that id. */
const struct rule *scanner_rule(const struct scanner *sc, const char *id);

/* NULL only where memory is short. */
struct scan *scan_begin(struct scanner *sc);
void scan_end(struct scanner *sc, struct scan *s);

/*
 * Both return 0, with res->state saying whether all was seen, or the negative
 * errno of the callback or -ENOMEM.
 *
 * scan_fd reads a regular file from its beginning, wherever the descriptor's
 * offset is (which may be moved), passing over holes; or anything else to its
 * end.
 */
int scan_mem(struct scan *s, const struct scan_what *what, const void *buf,
	     size_t len, struct scan_result *res);
int scan_fd(struct scan *s, const struct scan_what *what, int fd,
	    struct scan_result *res);

/* For messages: "complete", "timed out"... */
const char *scan_state_text(enum scan_state state);

#endif
