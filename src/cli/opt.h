/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <stddef.h>
#include <stdio.h>

#include "util/err.h"

/*
 * Options of the command line, declared once per command in an array:
 *
 *	static const char *name;
 *	static const struct opt options[] = {
 *		OPT_STRING('n', "name", "NAME", &name, "name the session"),
 *		OPT_SESSION,
 *		OPT_JSON,
 *		OPT_END,
 *	};
 *
 * Long options may be cut to a prefix that is unique, their values follow after
 * '=' or as the next word; letters may be joined (-fd, -nNAME); "--" ends the
 * options. Options and operands may be mixed. An option that is given twice
 * counts with its last value, but a list gathers. --help and -h are always
 * there. Values of CHOICE, NUMBER and SIZE are checked here.
 *
 * The word in arg steers completion too: DIR, FILE, PATH, MOUNTPOINT, SESSION,
 * or for a CHOICE its values as in "full|none".
 */
enum opt_kind {
	OPT_KIND_END,
	OPT_KIND_FLAG,		/* int: set to 1 */
	OPT_KIND_STRING,	/* const char * into argv */
	OPT_KIND_CHOICE,	/* const char *: one of arg */
	OPT_KIND_LIST,		/* struct opt_list */
	OPT_KIND_NUMBER,	/* long, not negative */
	OPT_KIND_SIZE,		/* unsigned long long, with k, M or G */
};

struct opt {
	enum opt_kind kind;
	int letter;		/* 0 where it has none */
	const char *name;	/* without the dashes; never NULL */
	const char *arg;	/* NULL for a flag */
	void *to;
	const char *help;	/* one line, in lower case, no full stop */
};

/* Values of a repeated option; at is NULL or ends with a NULL. */
struct opt_list {
	const char **at;
	size_t n;
};

#define OPT_FLAG(l, n, p, h) { OPT_KIND_FLAG, l, n, NULL, p, h }
#define OPT_STRING(l, n, a, p, h) { OPT_KIND_STRING, l, n, a, p, h }
#define OPT_CHOICE(l, n, a, p, h) { OPT_KIND_CHOICE, l, n, a, p, h }
#define OPT_LIST(l, n, a, p, h) { OPT_KIND_LIST, l, n, a, p, h }
#define OPT_NUMBER(l, n, a, p, h) { OPT_KIND_NUMBER, l, n, a, p, h }
#define OPT_SIZE(l, n, a, p, h) { OPT_KIND_SIZE, l, n, a, p, h }
#define OPT_END { OPT_KIND_END, 0, NULL, NULL, NULL, NULL }

/*
 * Options that mean the same in all commands that have them; their values are
 * in opt_common.
 */
struct opt_common {
	const char *session;	/* --session, for struct session_where */
	const char *state_dir;	/* --state-dir, the same */
	int json;
	int yes;
	const char *color;	/* auto, always, never */
	int no_pager;
	const char *rules;	/* --rules, for struct policy_sources */
	struct part *part;	/* of several workspaces (group.h); or NULL */
};

extern struct opt_common opt_common;

#define OPT_SESSION OPT_STRING('s', "session", "SESSION", \
	&opt_common.session, "the session, by name or id (default: the newest)")
#define OPT_STATE_DIR OPT_STRING(0, "state-dir", "DIR", \
	&opt_common.state_dir, "where sessions are kept")
#define OPT_JSON OPT_FLAG(0, "json", &opt_common.json, "print JSON")
#define OPT_YES OPT_FLAG('y', "yes", &opt_common.yes, \
	"do not ask, take yes for the answer")
#define OPT_RULES OPT_STRING(0, "rules", "FILE", \
	&opt_common.rules, "read rules from FILE, not the shipped ones; or none")
#define OPT_COLOR OPT_CHOICE(0, "color", "auto|always|never", \
	&opt_common.color, "when to print in colour")
#define OPT_NO_PAGER OPT_FLAG(0, "no-pager", &opt_common.no_pager, \
	"do not start a pager")

enum opt_parse_flags {
	OPT_FIRST_OPERAND_ENDS = 1 << 0,
};

/*
 * Parses argv[0..*argc), which holds no command name, into the storage that
 * the table names, and leaves the operands at argv[0..*argc) with a NULL after
 * them. Returns 0, 1 where help was asked for, or -EINVAL with one line in err.
 */
int opt_parse(const struct opt *table, int flags, int *argc, char **argv,
	      struct err *err);

/* Lines of a help text, one for each option. */
void opt_print(FILE *f, const struct opt *table);

#endif
