/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"

static const struct opt options[] = {
	OPT_END,
};

void command_help(FILE *f, const struct command *c)
{
	fprintf(f, "usage: scrim %s [OPTION...]%s%s\n\n%s\n", c->name,
		*c->args ? " " : "", c->args, c->summary);
	if (c->about)
		fprintf(f, "\n%s", c->about);
	fputs("\noptions:\n", f);
	opt_print(f, c->options);
}

void command_list(FILE *f)
{
	fputs("usage: scrim COMMAND [OPTION...] [OPERAND...]\n\n"
	      "Shows a workspace to an agent without its secrets, catches what\n"
	      "the agent writes, and lets you look and decide.\n\n"
	      "commands:\n", f);
	for (size_t i = 0; commands[i]; i++)
		if (!(commands[i]->flags & CMD_HIDDEN))
			fprintf(f, "  %-10s %s\n", commands[i]->name,
				commands[i]->summary);
	fputs("\nscrim COMMAND --help tells more; so does man scrim.\n", f);
}

static int help(int argc, char **argv)
{
	const struct command *c;

	if (!argc) {
		command_list(stdout);
		return STATUS_DONE;
	}
	c = command_find(argv[0]);
	if (!c)
		return command_unknown(argv[0]);
	command_help(stdout, c);
	return STATUS_DONE;
}

const struct command cmd_help = {
	.name = "help",
	.fn = help,
	.args = "[COMMAND]",
	.summary = "list the commands, or tell about one",
	.options = options,
	.max = 1,
};
