/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file system does, as lines of text that can be compared:
 *
 *	posix prepare DIR	makes a directory with the fixture for each case
 *	posix touch DIR		changes all of it and changes it back
 *	posix run DIR [CASE...]	runs the cases there and prints what they saw
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "obs.h"

static const struct obs_case *const tables[] = {
	open_cases, data_cases, map_cases, lock_cases, perm_cases, acl_cases,
	name_cases, rename_cases, dir_cases, meta_cases, direct_cases,
};
#define N_TABLES (sizeof(tables) / sizeof(*tables))

static void enter(const struct obs_case *c)
{
	if (chdir(c->name)) {
		perror(c->name);
		exit(99);
	}
}

static void prepare(const struct obs_case *c)
{
	umask(0);
	if (mkdir(c->name, 0755)) {
		perror(c->name);
		exit(99);
	}
	enter(c);
	fixture_make();
	if (c->prepare)
		c->prepare();
}

static void touch(const struct obs_case *c)
{
	fixture_touch(c->name);
}

static void run(const struct obs_case *c)
{
	setenv("OBS_CASE", c->name, 1);
	umask(022);
	if ((c->flags & OBS_ROOT) && (geteuid() || getenv("OBS_ALONE"))) {
		obs_note("needs root");
		return;
	}
	alarm(OBS_SECONDS);
	enter(c);
	c->run();
}

static int in_child(void (*fn)(const struct obs_case *),
		    const struct obs_case *c)
{
	pid_t pid;
	int st;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		fn(c);
		fflush(NULL);
		_exit(0);
	}
	waitpid(pid, &st, 0);
	if (WIFSIGNALED(st))
		printf("%s: ended by signal %d\n", c->name, WTERMSIG(st));
	if (WIFEXITED(st) && WEXITSTATUS(st) == 99)
		return -1;
	return 0;
}

static int wanted(const char *name, char **list)
{
	if (!*list)
		return 1;
	for (; *list; list++)
		if (!strcmp(*list, name))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	void (*fn)(const struct obs_case *) = NULL;
	const struct obs_case *c;
	int bad = 0;
	size_t i;

	if (argc > 2)
		fn = !strcmp(argv[1], "prepare") ? prepare :
		     !strcmp(argv[1], "touch") ? touch :
		     !strcmp(argv[1], "run") ? run : NULL;
	if (!fn || chdir(argv[2])) {
		fprintf(stderr, "usage: posix prepare|touch|run DIR [CASE...]\n");
		return 2;
	}
	for (i = 0; i < N_TABLES; i++)
		for (c = tables[i]; c->name; c++)
			if (wanted(c->name, argv + 3))
				bad |= in_child(fn, c);
	return bad ? 1 : 0;
}
