/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_GITLEAKS_H
#define CLI_GITLEAKS_H

#include <jansson.h>

#include "scan/ruleset.h"
#include "util/buf.h"
#include "util/strlist.h"

/*
 * Makes rules of ours (scrim-rules(5)) from a gitleaks configuration, as scrim-toml
 * gives it: JSON with an "@line" in each table. What cannot be said in a rule of
 * ours is left out and told, a line for each.
 *
 * What is different: our patterns see one line (or "lines"), where ^ and $ are
 * its ends; our allow patterns look at the secret alone; paths are globs, not
 * patterns; a keyword must be in what the pattern matches, so keywords that are
 * not in the pattern's text are left out.
 */
struct gitleaks {
	struct buf ini;		/* the rules */
	struct strlist lost;	/* "12: rule x: what" */
	struct strlist notes;	/* the same, of what is kept but slow */
	size_t rules;
};

void gitleaks_release(struct gitleaks *g);

/*
 * known are the rules that ids must not clash with. -EINVAL where doc is no such
 * configuration, -ENOMEM.
 */
int gitleaks_import(const json_t *doc, const struct ruleset *known,
		    struct gitleaks *out, struct err *err);

/* ========== private to gitleaks*.c ========== */

/* One rule on its way. */
struct gitleaks_rule {
	const json_t *from;
	const char *id;		/* as there */
	int line;
	int has_pattern;
	int of_file;	/* what is at hand is said for all rules */
	struct strlist paths, except, allow, stopwords;
};

/* Says what is left out of rule r, or of the file where r is NULL. */
void gitleaks_lost(struct gitleaks *g, const struct gitleaks_rule *r, int line,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Adds what an allowlist (a table) acquits. 0 or -ENOMEM. */
int gitleaks_allow(struct gitleaks *g, struct gitleaks_rule *r,
		   const json_t *list);

/*
 * The globs that match the paths that a pattern matches. -ENOTSUP where the
 * pattern has more than literals, alternatives, "anything" and the ends.
 */
int gitleaks_globs(const char *regex, struct strlist *out);

/* The member as text, a number, an array; NULL, 0 or -1 where it is none. */
const char *gitleaks_text(const json_t *table, const char *key);
int gitleaks_number(const json_t *table, const char *key);

#endif
