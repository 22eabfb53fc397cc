/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "cli/opt.h"
#include "cli/out.h"

/*
 * What a command does where the session is of several workspaces: with
 * GROUP_ONE it works on one of them, that of session_open. See group.h.
 */
enum group_way {
	GROUP_ONE,
	GROUP_EACH,		/* on each in turn */
	GROUP_PATHS,		/* on each in which an operand lies */
	GROUP_TOGETHER,		/* the same, all or none: rehearsed before */
	GROUP_UNDO,		/* where the last apply was */
};

/*
 * One command of the program.
 *
 * To add one named NAME:
 *
 *   1. src/cli/cmd_NAME.c: the option array, the function, and at the end
 *      "const struct command cmd_NAME = { .name = "NAME", ... };";
 *   2. one line "COMMAND(NAME)" in the list in src/cli/commands.c, in the order
 *      in which the commands are to be listed by help;
 *   3. cmd_NAME.c in cli_sources of Makefile.am, tests/cli/test_NAME.sh in
 *      cli_tests, and a section in man/scrim.1 (tests/check-tree.sh and
 *      tests/cli/test_man.sh look that they are there).
 *
 * main() has parsed the options into their storage and counted the operands
 * before fn is called; usage, --help, completions and the check of the man page
 * are made from the same array. fn gets the operands alone: argv[0] is the first
 * and argv[argc] is NULL. It returns an enum status. All it prints goes through
 * out.h, or through stdio to stdout with esc.h for what is not ours; main()
 * flushes, waits for the pager and reports a failed write.
 */
struct command {
	const char *name;
	int (*fn)(int argc, char **argv);
	const char *args;	/* of the usage line: "DIR MOUNTPOINT"; or "" */
	const char *summary;	/* one line without a full stop, in lower case */
	const char *about;	/* more lines for --help, or NULL */
	const struct opt *options;	/* ends with OPT_END */
	enum group_way group;	/* on a session of several workspaces */
	/* 1 where the options ask for what is of no one session; may be NULL */
	int (*alone)(void);
	const char *verb;	/* of its question, with GROUP_TOGETHER */
	int min, max;		/* number of operands; max -1 for any number */
	int flags;		/* enum command_flags */
};

enum command_flags {
	CMD_HIDDEN = 1 << 0,	/* not listed by help nor by completion */
	/* The first operand ends the options: what follows is not ours. */
	CMD_RUNS = 1 << 1,
	CMD_PAGED = 1 << 2,	/* start the pager before fn, but for --json */
	CMD_UNMOUNTS = 1 << 3,	/* sees to dead views itself */
};

/* All of them; the last is NULL. */
extern const struct command *const commands[];

/* NULL where there is none of that name. */
const struct command *command_find(const char *name);
/* Says that there is none, and which one was meant if that can be guessed; STATUS_USAGE. */
int command_unknown(const char *name);

/* The usage, the options and what the command is for, to f. */
void command_help(FILE *f, const struct command *c);
/* The list of commands. */
void command_list(FILE *f);

/* mount.scrim, the helper of mount(8): argv as that program gives it. */
int mount_helper(int argc, char **argv);

#endif
