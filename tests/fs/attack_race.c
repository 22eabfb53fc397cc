/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Races: against the agent's own renames, and against the user who changes the
 * workspace meanwhile ("attack host" must be running for the second kind).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

static void exchange_loop(void)
{
	for (;;) {
		renameat2(AT_FDCWD, "config", AT_FDCWD, "own", RENAME_EXCHANGE);
		rename("own", "own2");
		rename("own2", "own");
	}
}

static void flip_loop(void)
{
	for (;;) {
		renameat2(AT_FDCWD, "vis/flip", AT_FDCWD, "vis/flop",
			  RENAME_EXCHANGE);
		rename("config/deep", "vis/deep");
		rename("vis/deep", "config/deep");
	}
}

static pid_t start(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	alarm((unsigned)attack_seconds() + 30);
	fn();
	_exit(0);
}

static void stop(pid_t pid)
{
	int st;

	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

static void own_renames(int row)
{
	static const char *const paths[] = {
		"config/prod.hid", "own/prod.hid", "own2/prod.hid",
		"config/.env", "own/.env", "config/alias3", "own/alias3",
		"vis/flip/db.txt", "vis/flop/db.txt", "vis/deep/er/PROD.HID",
		"config/deep/er/PROD.HID", "own/deep/er/PROD.HID", ".env",
	};
	time_t end = time(NULL) + attack_seconds();
	pid_t a, b;
	size_t i;

	mkdir("own", 0755);
	mkdir("vis/flip", 0755);
	symlink("../secrets", "vis/flop");
	a = start(exchange_loop);
	b = start(flip_loop);
	while (time(NULL) < end)
		for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
			if (!attack_read(row, paths[i]))
				attack_leak(row, "%s could be opened", paths[i]);
	stop(a);
	stop(b);
	unlink("vis/flop");
	unlink("vis/flip");
	rmdir("vis/flip");
	rmdir("vis/flop");
}

/* Descriptors, directories and maps from before the file turned secret. */
static void host_changes(int row)
{
	static const char *const paths[] = {
		".env", "config/prod.hid", "vis/turning", "late-alias",
		"late/turned0.hid", "late/turned1.hid", "late/turned2.hid",
		"late/d0/.env", "late/d1/.env", "late/e0/.env", "late/e1/.env",
		"late/reuse.hid", "config/tmp.hid", "vis/reused",
		"vis/gains.txt", "alias.txt", "vis/alias2", "config/alias3",
	};
	time_t end = time(NULL) + attack_seconds();
	int held[8] = { -1, -1, -1, -1, -1, -1, -1, -1 }, n = 0, i;

	while (time(NULL) < end) {
		for (i = 0; i < (int)(sizeof(paths) / sizeof(*paths)); i++)
			attack_read(row, paths[i]);
		close(held[n % 8]);
		held[n % 8] = open(n % 3 == 0 ? "vis/turning" : n % 3 == 1 ?
				   "vis/reused" : "vis/gains.txt", O_RDONLY);
		n++;
		for (i = 0; i < 8; i++)
			if (held[i] >= 0)
				attack_read_fd(row, "a descriptor from before",
					       held[i]);
		attack_walk(row, "late");
	}
	for (i = 0; i < 8; i++)
		close(held[i]);
}

/* A file that is written while a secret is put into it below. */
static void host_and_copyup(int row)
{
	time_t end = time(NULL) + attack_seconds();
	const char *name;
	int fd;

	while (time(NULL) < end) {
		fd = open("vis/gains.txt", O_RDWR);
		attack_count(row);
		if (fd >= 0) {
			fchmod(fd, 0600);
			attack_read_fd(row, "copy-up in a race", fd);
			close(fd);
		}
		name = attack_name();
		if (!rename("vis/turning", name)) {
			attack_read(row, name);
			unlink(name);
		}
		unlink("vis/gains.txt");
	}
}

const struct attack race_attacks[] = {
	{ 21, own_renames },
	{ 4, host_changes },
	{ 27, host_and_copyup },
	{ 0, NULL },
};
