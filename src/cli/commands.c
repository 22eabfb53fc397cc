/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/cmd.h"
#include "cli/out.h"
#include "util/guess.h"

/* In the order in which help lists them. */
#define COMMANDS \
	COMMAND(scan) \
	COMMAND(mount) \
	COMMAND(umount) \
	COMMAND(run) \
	COMMAND(export) \
	COMMAND(import) \
	COMMAND(list) \
	COMMAND(status) \
	COMMAND(diff) \
	COMMAND(review) \
	COMMAND(apply) \
	COMMAND(undo) \
	COMMAND(discard) \
	COMMAND(snapshot) \
	COMMAND(restore) \
	COMMAND(fork) \
	COMMAND(log) \
	COMMAND(rules) \
	COMMAND(doctor) \
	COMMAND(help) \
	COMMAND(completion)

#define COMMAND(name) extern const struct command cmd_##name;
COMMANDS
#undef COMMAND

#define COMMAND(name) &cmd_##name,
const struct command *const commands[] = { COMMANDS NULL };
#undef COMMAND

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int command_unknown(const char *name)
{
	struct guess g = GUESS_INIT(name, strlen(name));

	for (size_t i = 0; commands[i]; i++)
		if (!(commands[i]->flags & CMD_HIDDEN))
			guess_offer(&g, commands[i]->name);
	if (!g.best)
		return out_usage(NULL, "no command '%s'", name);
	return out_usage(NULL, "no command '%s', but there is '%s'", name,
			 g.best);
}
