/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/cmd.h"

/*
 * Completions for three shells, made from the tables of commands and options.
 * All text that is printed here comes from those tables, not from a user.
 */
static const struct opt options[] = {
	OPT_END,
};

static int is_shown(const struct command *c)
{
	return !(c->flags & CMD_HIDDEN);
}

/* A single-quoted word that all three shells read alike. */
static void print_quoted(const char *s)
{
	putchar('\'');
	for (; *s; s++)
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s);
	putchar('\'');
}

/* How a value that is called arg is completed. */
enum value_kind { VALUE_ANY, VALUE_FILE, VALUE_DIR, VALUE_SESSION, VALUE_CHOICE };

static enum value_kind value_kind(const char *arg)
{
	static const struct {
		const char *word;
		enum value_kind kind;
	} kinds[] = {
		{ "DIR", VALUE_DIR },	      { "MOUNTPOINT", VALUE_DIR },
		{ "FILE", VALUE_FILE },	      { "PATH", VALUE_FILE },
		{ "SESSION", VALUE_SESSION },
	};

	if (strchr(arg, '|'))
		return VALUE_CHOICE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(arg, kinds[i].word))
			return kinds[i].kind;
	return VALUE_ANY;
}

static void print_choices(const char *arg)
{
	for (; *arg; arg++)
		putchar(*arg == '|' ? ' ' : *arg);
}

/* ========== bash ========== */

static void bash_value(const struct opt *o)
{
	static const char *const how[] = {
		[VALUE_ANY] = "COMPREPLY=()",
		[VALUE_FILE] = "compopt -o filenames 2>/dev/null; "
			       "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")",
		[VALUE_DIR] = "compopt -o filenames 2>/dev/null; "
			      "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")",
		[VALUE_SESSION] = "mapfile -t COMPREPLY < <(compgen -W "
				  "\"$(scrim list --names 2>/dev/null)\" -- \"$cur\")",
	};
	enum value_kind k = value_kind(o->arg);

	printf("\t\t\t--%s", o->name);
	if (o->letter)
		printf("|-%c", o->letter);
	fputs(") ", stdout);
	if (k == VALUE_CHOICE) {
		fputs("mapfile -t COMPREPLY < <(compgen -W '", stdout);
		print_choices(o->arg);
		fputs("' -- \"$cur\")", stdout);
	} else {
		fputs(how[k], stdout);
	}
	fputs("; return ;;\n", stdout);
}

static void bash_command(const struct command *c)
{
	printf("\t%s)\n\t\topts='--help", c->name);
	for (const struct opt *o = c->options; o->kind != OPT_KIND_END; o++)
		printf(" --%s", o->name);
	fputs("'\n\t\tcase \"$prev\" in\n", stdout);
	for (const struct opt *o = c->options; o->kind != OPT_KIND_END; o++)
		if (o->arg)
			bash_value(o);
	fputs("\t\t\t*) ;;\n\t\tesac ;;\n", stdout);
}

static void print_bash(void)
{
	fputs("# bash completion for scrim\n"
	      "_scrim()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal opts=\n"
	      "\tif [ \"$prev\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then\n"
	      "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	      "\telif [ \"$cur\" = = ]; then\n"
	      "\t\tcur=\n"
	      "\tfi\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '--help --version", stdout);
	for (size_t i = 0; commands[i]; i++)
		if (is_shown(commands[i]))
			printf(" %s", commands[i]->name);
	fputs("' -- \"$cur\")\n\t\treturn\n\tfi\n"
	      "\tcase \"${COMP_WORDS[1]}\" in\n", stdout);
	for (size_t i = 0; commands[i]; i++)
		if (is_shown(commands[i]))
			bash_command(commands[i]);
	fputs("\t*) ;;\n\tesac\n"
	      "\tif [[ $cur == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$opts\" -- \"$cur\")\n"
	      "\telse\n"
	      "\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\tfi\n}\n"
	      "complete -F _scrim scrim\n", stdout);
}

/* ========== zsh ========== */

static void zsh_value(const char *arg)
{
	static const char *const how[] = {
		[VALUE_ANY] = ":",
		[VALUE_FILE] = ":_files",
		[VALUE_DIR] = ":_files -/",
		[VALUE_SESSION] =
			":($(scrim list --names 2>/dev/null))",
	};
	enum value_kind k = value_kind(arg);

	if (k == VALUE_CHOICE) {
		fputs(":value:(", stdout);
		print_choices(arg);
		putchar(')');
	} else {
		printf(":%s%s", arg, how[k]);
	}
}

/* Brackets and colons have a meaning in the specs of _arguments. */
static void zsh_help(const char *s)
{
	for (; *s; s++) {
		if (strchr("[]:\\", *s))
			putchar('\\');
		if (*s == '\'')
			fputs("'\\'", stdout);
		putchar(*s);
	}
}

static void zsh_option(const char *dashes, const char *name,
		       const struct opt *o)
{
	printf(" \\\n\t\t\t'*%s%s%s[", dashes, name,
	       !o->arg ? "" : dashes[1] ? "=" : "+");
	zsh_help(o->help);
	putchar(']');
	if (o->arg)
		zsh_value(o->arg);
	putchar('\'');
}

static void zsh_command(const struct command *c)
{
	printf("\t\t%s) _arguments -s '--help[print help]'", c->name);
	for (const struct opt *o = c->options; o->kind != OPT_KIND_END; o++) {
		char letter[] = { (char)o->letter, '\0' };

		zsh_option("--", o->name, o);
		if (o->letter)
			zsh_option("-", letter, o);
	}
	fputs(" \\\n\t\t\t'*:file:_files' ;;\n", stdout);
}

static void print_zsh(void)
{
	fputs("#compdef scrim\n"
	      "_scrim()\n{\n\tlocal -a cmds\n\tcmds=(\n", stdout);
	for (size_t i = 0; commands[i]; i++) {
		if (!is_shown(commands[i]))
			continue;
		printf("\t\t'%s:", commands[i]->name);
		zsh_help(commands[i]->summary);
		fputs("'\n", stdout);
	}
	fputs("\t)\n"
	      "\tif (( CURRENT == 2 )); then\n"
	      "\t\t_describe command cmds\n\t\treturn\n\tfi\n"
	      "\tlocal cmd=${words[2]}\n"
	      "\tshift words\n\t(( CURRENT-- ))\n"
	      "\tcase $cmd in\n", stdout);
	for (size_t i = 0; commands[i]; i++)
		if (is_shown(commands[i]))
			zsh_command(commands[i]);
	fputs("\t\t*) _files ;;\n\tesac\n}\n_scrim \"$@\"\n", stdout);
}

/* ========== fish ========== */

static void fish_option(const struct command *c, const struct opt *o)
{
	static const char *const how[] = {
		[VALUE_ANY] = " -x",
		[VALUE_FILE] = " -r -F",
		[VALUE_DIR] = " -x -a '(__fish_complete_directories)'",
		[VALUE_SESSION] =
			" -x -a '(scrim list --names 2>/dev/null)'",
	};

	printf("complete -c scrim -n '__fish_seen_subcommand_from %s' -l %s",
	       c->name, o->name);
	if (o->letter)
		printf(" -s %c", o->letter);
	if (o->arg && value_kind(o->arg) == VALUE_CHOICE) {
		fputs(" -x -a '", stdout);
		print_choices(o->arg);
		putchar('\'');
	} else if (o->arg) {
		fputs(how[value_kind(o->arg)], stdout);
	}
	fputs(" -d ", stdout);
	print_quoted(o->help);
	putchar('\n');
}

static void print_fish(void)
{
	fputs("# fish completion for scrim\n", stdout);
	for (size_t i = 0; commands[i]; i++) {
		const struct command *c = commands[i];

		if (!is_shown(c))
			continue;
		printf("complete -c scrim -n __fish_use_subcommand -f -a %s -d ",
		       c->name);
		print_quoted(c->summary);
		putchar('\n');
		for (const struct opt *o = c->options;
		     o->kind != OPT_KIND_END; o++)
			fish_option(c, o);
	}
}

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = {
	{ "bash", print_bash },
	{ "zsh", print_zsh },
	{ "fish", print_fish },
};

static int completion(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(argv[0], shells[i].name))
			continue;
		shells[i].print();
		return STATUS_DONE;
	}
	return out_usage("completion", "no completions for '%s'", argv[0]);
}

const struct command cmd_completion = {
	.name = "completion",
	.fn = completion,
	.args = "bash|zsh|fish",
	.summary = "print completions for a shell",
	.options = options,
	.min = 1,
	.max = 1,
	.flags = CMD_HIDDEN,
};
