/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_RULESET_H
#define SCAN_RULESET_H

#include <stddef.h>

#include "scan/pattern.h"
#include "scan/policy.h"
#include "util/err.h"
#include "util/strlist.h"

/*
 * Rules, read from INI files: one section per rule, named by its id. The keys
 * are described for people in scrim-rules(5); the table in ruleset_keys.c is
 * the only list of them.
 *
 * A rule is a plain value that nobody changes once its ruleset is loaded. What
 * belongs to another kind than its own is empty.
 */
enum rule_kind {
	RULE_PATH,	/* a secret by its name */
	RULE_CONTENT,	/* a secret by its bytes */
	RULE_ENV,	/* a variable of the environment */
	RULE_RISK,	/* a change that a reviewer must see first */
};

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH,
		SEVERITY_CRITICAL };
enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

/* Where a rule comes from: who may loosen what (scan/policy.h). */
enum rule_origin {
	ORIGIN_SHIPPED,
	ORIGIN_USER,		/* scrim.ini of the user, --rules FILE */
	ORIGIN_COMMAND,		/* --show, --mask, --hide */
	ORIGIN_WORKSPACE,	/* .scrim.ini */
};

#define RULE_LINES_MAX 400

struct rule {
	char *id, *description, *ecosystem;
	char *file;
	int line;			/* of the first key of the section */
	enum rule_kind kind;
	enum rule_origin origin;
	enum severity severity;
	enum confidence confidence;
	enum action action;		/* path and env rules */
	int disabled;
	struct strlist examples, counter_examples;

	/* path, content and risk rules */
	struct strlist paths, except;	/* globs: scan/glob.h */
	struct strlist confirm;		/* as written; "!" leads a veto */
	char *class;			/* risk rules: which class */

	/* content rules */
	char *pattern;			/* as written */
	struct pattern *re;		/* pattern; lazy in shipped files */
	char *detector;			/* in place of a pattern: one in C */
	int lines;			/* that a match may take; 0 is 1 */
	struct strlist keywords;	/* lower case; one must be near */
	double entropy;			/* least bits per byte of the secret */
	int group;			/* that is the secret; 0 the match */
	int mask_group;			/* that a mask replaces; -1 is group */
	struct strlist validate;	/* names in scan/validate.h */
	struct strlist allow;		/* patterns that acquit the secret */
	struct strlist stopwords;	/* lower case; in it: acquits */

	struct strlist names;		/* env rules: globs of names */
};

struct ruleset;

int ruleset_new(struct ruleset **out);
void ruleset_free(struct ruleset *s);

/*
 * Adds the rules of a text; name is its file's, for messages. Everything that
 * is wrong fails with "file:line: what": an unknown or doubled key, a value of
 * the wrong kind, a bad pattern or validator, an id that is taken, a rule that
 * matches nothing, in a shipped file a rule without examples. What a workspace
 * may not say is not an error: it is left out, with a warning. After a failure
 * the set can only be freed.
 */
int ruleset_parse(struct ruleset *s, const char *name, const char *text,
		  size_t len, enum rule_origin origin, struct err *err);

/* All *.ini of a directory, by name. -ENOENT where there is no such file. */
int ruleset_read_dir(struct ruleset *s, const char *dir,
		     enum rule_origin origin, struct err *err);
int ruleset_read(struct ruleset *s, const char *path, enum rule_origin origin,
		 struct err *err);

/* A path rule made by the program, not by a file. */
int ruleset_add_glob(struct ruleset *s, const char *id, const char *glob,
		     enum action action, enum rule_origin origin,
		     struct err *err);

/* In the order of reading. Pointers stay good until ruleset_free. */
size_t ruleset_count(const struct ruleset *s);
const struct rule *ruleset_get(const struct ruleset *s, size_t i);
const struct rule *ruleset_find(const struct ruleset *s, const char *id);

/*
 * What the section [settings] of the user's file says of taint (scan/taint.h); a
 * workspace's may say yes, never no.
 */
int ruleset_taint(const struct ruleset *s);

/* One line for each thing that a workspace said in vain. */
const struct strlist *ruleset_warnings(const struct ruleset *s);

/*
 * SHA-256 of all that was read, in hex: equal digests mean equal rules. Asked
 * once, when all is read.
 */
#define RULESET_DIGEST_LEN 64
void ruleset_digest(struct ruleset *s, char out[RULESET_DIGEST_LEN + 1]);

/* Words of the files: "path", "critical", "user". */
const char *rule_kind_name(enum rule_kind k);
const char *severity_name(enum severity v);
const char *confidence_name(enum confidence v);
const char *rule_origin_name(enum rule_origin o);

/* 0 or -EINVAL with what would be right in err. */
int rule_kind_parse(const char *word, enum rule_kind *out, struct err *err);
int severity_parse(const char *word, enum severity *out, struct err *err);
int confidence_parse(const char *word, enum confidence *out, struct err *err);
int action_parse(const char *word, enum action *out, struct err *err);

#endif
