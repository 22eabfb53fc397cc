/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_RISK_H
#define REVIEW_RISK_H

#include "review/source.h"

/*
 * What is dangerous about a change: the classes that a reviewer sees first and
 * that apply does not take without being told.
 *
 * Classes come from the rules of kind `risk` (by path: rules/risk-*.ini) and
 * from what the change does (by content: risk_content.c). A rule names its class
 * by the word in risk_classes.
 *
 *   risks_new, risk_of for each change, risks_free
 *
 * Finding nothing does not mean that a change is safe.
 */
enum risk_class {
	RISK_GIT,	/* in or instead of a .git, or in a bare repository */
	RISK_SETID,	/* set-user-id, set-group-id */
	RISK_GITCONF,	/* .gitattributes with a driver, .gitmodules... */
	RISK_CI,
	RISK_EDITOR,	/* tasks and settings that an editor or direnv runs */
	RISK_SHELL,	/* start-up files of shells and tools */
	RISK_AGENT,	/* instructions that an agent will follow */
	RISK_INTERPRETER,/* of a virtual environment, node_modules/.bin... */
	RISK_SCRIPTS,	/* scripts of a package manifest changed */
	RISK_REGISTRY,	/* a lock file fetches from elsewhere, or unchecked */
	RISK_LINK,	/* a symlink that leaves the workspace */
	RISK_SECRET,	/* the agent wrote what looks like a secret */
	RISK_TEXT,	/* characters that hide or reorder text, escapes */
	RISK_POLICY,	/* the workspace's .scrim.ini */
	RISK_OWNER,
	RISK_BUILD,	/* runs at the next build or test */
	RISK_EXEC,	/* became executable */
	RISK_BINARY,
	RISK_N
};

enum risk_level {
	RISK_NOTE,	/* shown */
	RISK_ASK,	/* applied after --allow, or a yes on a terminal */
	RISK_HARD,	/* applied after --allow only */
};

struct risk_class_info {
	const char *name;	/* as rules, --allow and JSON have it */
	enum risk_level level;
	const char *what;	/* a few words for people */
};

/* By enum risk_class. */
extern const struct risk_class_info risk_classes[RISK_N];

/* -1 where no class has that name. */
int risk_class_find(const char *name);

/* Bits 1 << class of all classes of at least this level. */
unsigned risk_at_least(enum risk_level level);

/* The highest level of a set of bits; -1 for none. */
int risk_level_of(unsigned classes);

struct risk_mark {
	enum risk_class class;
	char *why;		/* one line, not escaped */
};

struct risk {
	unsigned classes;	/* bits */
	struct risk_mark *at;	/* by class */
	size_t n;
};

struct risks;
struct ruleset;
struct scanner;

/*
 * rules, with those of kind risk among them, must outlive it. A rule whose class
 * is not in risk_classes fails it.
 */
int risks_new(struct risks **out, const struct ruleset *rules,
	      struct err *err);
void risks_free(struct risks *r);

/*
 * Fails without memory only; what cannot be read is marked for its path. The first
 * call compiles the content rules, and so takes milliseconds; once it has returned
 * any number of threads may ask, each for another change.
 */
int risk_of(struct risks *r, const struct source *s, const struct delta *d,
	    struct risk *out);
void risk_release(struct risk *r);

/* The part of it that goes by path alone. */
int risk_of_path(const struct risks *r, const char *path, struct risk *out);

/* The part that goes by what changes: modes, links, content. sc may be NULL. */
int risk_of_content(struct scanner *sc, const struct source *s,
		    const struct delta *d, struct risk *out);
/* Of a lock file of packages: hosts, checksums. Texts of both sides. */
int risk_of_lock(const struct buf *old, const struct buf *new,
		 struct risk *out);
/* Of a package manifest in JSON: the scripts in it. */
int risk_of_manifest(const struct buf *old, const struct buf *new,
		     struct risk *out);
/* Secrets of the content rules that are in new and were not in old. */
int risk_of_secrets(struct scanner *sc, const char *path,
		    const struct buf *old, const struct buf *new,
		    struct risk *out);
/* Of a text: hidden characters, escapes, mixed alphabets that were not there. */
int risk_of_text(const struct buf *old, const struct buf *new,
		 struct risk *out);

/* For the makers of marks: adds one, unless its class is there already. */
int risk_add(struct risk *r, enum risk_class class, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
