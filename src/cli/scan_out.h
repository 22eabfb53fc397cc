/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_SCAN_OUT_H
#define CLI_SCAN_OUT_H

#include <stdio.h>

#include "scan/ruleset.h"
#include "util/buf.h"

/*
 * What scrim scan found, in one of the formats. No format ever holds a secret,
 * but the text on a terminal with --show-secrets.
 *
 * Calling order: begin, any number of items, end. Where nothing was found the
 * formats are still whole.
 */
struct scan_item {
	const char *path;	/* as shown: operand and path below it */
	const struct rule *rule;
	unsigned long line, column, end_line;	/* 0 where it is the whole file */
	enum severity severity;
	enum confidence confidence;
	const char *fingerprint;	/* hex; the same for the same secret */
	const char *secret;		/* NULL: not to be shown */
	size_t secret_len;
	const char *copy_of;		/* the file whose secret it is; or NULL */
	/* of git history; NULL where it is a file */
	const char *commit, *author, *date;
};

struct scan_format {
	const char *name;
	void (*begin)(FILE *f);
	void (*item)(FILE *f, const struct scan_item *i, int first);
	/* why names what was not scanned whole; "" where all was. */
	void (*end)(FILE *f, const struct ruleset *rules, const char *why,
		    size_t n);
};

/* What it is, in words; not escaped. */
void scan_item_text(const struct scan_item *i, struct buf *out);

/* NULL where there is none of that name. */
const struct scan_format *scan_format_find(const char *name);
#define SCAN_FORMATS "text|json|jsonl|sarif|gitlab|html"

/* The other formats' parts. */
extern const struct scan_format scan_format_sarif, scan_format_gitlab,
	scan_format_html;

#endif
