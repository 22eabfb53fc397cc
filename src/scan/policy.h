/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_POLICY_H
#define SCAN_POLICY_H

#include <stddef.h>

#include "util/err.h"

/*
 * What may be seen of a path: rules in, one verdict out.
 *
 * A policy is made once (policy_load) from the shipped rules, the user's, the
 * options of the command line and the workspace's own .scrim.ini, and never
 * changes afterwards: all asking functions may be called from any thread.
 * Who loosens and who tightens:
 *
 *   1. the command line (--show, --mask, --hide GLOB) overrides everything;
 *   2. the user's ~/.config/scrim/scrim.ini overrides the shipped rules;
 *   3. of the shipped rules that match, the strictest holds;
 *   4. the workspace's .scrim.ini may only make the answer of 1 to 3 stricter.
 *
 * Matching is by bytes, case-folded (ASCII, and full folding where the name is
 * valid UTF-8), and knows nothing of what exists: the answer for a path is the
 * same whether or not there is such a file. A path here is clean (util/path.h).
 */
struct policy;
struct rule;
struct ruleset;
struct scanner;
struct taint;

/* In order of strictness: the greater one wins where two hold. */
enum action {
	ACTION_SHOW,
	ACTION_READONLY,	/* readable, not writable */
	ACTION_MASK,		/* readable, secrets replaced by masks */
	ACTION_DENY,		/* listed, EACCES */
	ACTION_HIDE,		/* does not exist */
};

struct verdict {
	enum action action;
	const struct rule *rule;	/* borrowed; NULL where none matched */
	/*
	 * The rule needs the content's word (a .pem that may hold but a
	 * certificate): until policy_confirm has said so, action holds.
	 */
	int confirm;
};

struct policy_sources {
	/* of the shipped rules; NULL: $SCRIM_RULES, else RULESDIR */
	const char *rulesdir;
	/*
	 * --rules: a file that is read in place of the shipped rules, or "none"
	 * for no such rules; the user's are read in any case. Or NULL.
	 */
	const char *rules;
	const char *userdir;	/* holds scrim.ini; NULL for ~/.config/scrim */
	int workspace_fd;	/* where .scrim.ini is looked for; -1 for none */
	/* globs of the command line, each list ended by NULL; or NULL */
	const char *const *show, *const *mask, *const *hide;
	/* copies of secrets are secrets: "yes", "no"; NULL: as the settings say */
	const char *taint;
};

/*
 * Fails whole, with file:line in err, on any rule that cannot be used. The
 * shipped and user's files are trusted; a workspace's .scrim.ini that is broken
 * fails the load too (fail closed).
 */
int policy_load(struct policy **out, const struct policy_sources *src,
		struct err *err);
void policy_free(struct policy *p);

/*
 * The verdict for the path alone; its ancestors are not asked (a glob that ends
 * in a slash matches all below it by itself). len bytes of path are read. Never
 * fails: what cannot be judged is ACTION_HIDE.
 */
void policy_path(const struct policy *p, const char *path, size_t len,
		 struct verdict *out);

/*
 * The strictest of the path and all its ancestors; as the resolver has it. Rules
 * that need the content's word do not hold for ancestors: those are directories.
 */
void policy_whole_path(const struct policy *p, const char *path, size_t len,
		       struct verdict *out);

/*
 * Settles a verdict with confirm set by the content of the file fd (offset is
 * not used nor moved): it becomes what policy_whole_path says with the rules
 * that the content denies left out. What cannot be read keeps its strict action.
 * path is the one that the verdict was made for.
 */
void policy_confirm(const struct policy *p, struct verdict *v, int fd,
		    const char *path);
/* The same by the regular file name in dirfd, opened for it. */
void policy_confirm_at(const struct policy *p, struct verdict *v, int dirfd,
		       const char *name, const char *path);
/* policy_whole_path, settled by the content of the file fd. */
void policy_of_file(const struct policy *p, const char *path, int fd,
		    struct verdict *out);

/*
 * 1 where a variable of the environment is called a secret, by a rule for its
 * name or a sure one of contents for its value; the verdict is then in *out.
 */
int policy_env(const struct policy *p, const char *name, const char *value,
	       struct verdict *out);

/* 64 hex digits, of all rules (and secrets, for a taint) at the load. */
const char *policy_digest(const struct policy *p);
/* 1 where nothing is a secret: there is no rule, and nothing to look for. */
int policy_is_empty(const struct policy *p);
/* Borrowed: the rules themselves, disabled ones too. */
const struct ruleset *policy_rules(const struct policy *p);
/* Borrowed: what finds secrets by the content rules (scan/scan.h). */
struct scanner *policy_scanner(const struct policy *p);
/* Borrowed, or NULL: copies of secrets, which alone change with the workspace. */
struct taint *policy_taint(const struct policy *p);

/*
 * What policy_whole_path goes by, one call for each glob that matches the path
 * or, with a smaller len, one of its ancestors. fd is the file, or -1.
 */
struct policy_step {
	const struct rule *rule;
	const char *glob;	/* as written */
	size_t len;		/* so much of the path is what matched */
	const char *except;	/* exception that acquits it; or NULL */
	/* what it is a by-product of, folded; NULL where it is not by that */
	const char *taken_for;
	size_t taken_len;
	enum { STEP_NOT_ASKED, STEP_UNKNOWN, STEP_DENIED, STEP_CONFIRMED }
		content;
};
typedef void (*policy_step_fn)(void *payload, const struct policy_step *s);
int policy_explain(const struct policy *p, const char *path, size_t len,
		   int fd, policy_step_fn fn, void *payload);

/* For messages: never NULL; "" for a NULL rule. */
const char *rule_id(const struct rule *r);
const char *rule_description(const struct rule *r);
const char *rule_file(const struct rule *r);
int rule_line(const struct rule *r);
const char *action_name(enum action a);

#endif
