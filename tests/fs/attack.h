/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FS_ATTACK_H
#define TESTS_FS_ATTACK_H

#include <stddef.h>
#include <sys/types.h>

/*
 * What a process in the view may try to see a protected file, or to learn that
 * there is one. The working directory is the view. Every try is counted; a
 * planted secret in anything that comes back, or an answer that is not the one
 * for a file that does not exist, is a leak and printed.
 *
 * The numbers of rows are those of the list of threats that the tests carry in
 * their names: 2 aliases, 3 renamed parents, 4 changes behind the view's back...
 */
struct target {
	const char *path;	/* protected in the workspace */
	/* One that a rule protects as well but that does not exist. */
	const char *absent;
};
extern const struct target targets[];	/* ended by a NULL path; attack.c */

/* Names of the workspace that lead to a protected object by other ways. */
extern const char *const aliases[];
extern const char *const masked[];	/* files with a secret to be masked */

/* One attempt; the row is for messages. */
void attack_count(int row);
void attack_leak(int row, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Looks for the planted secrets in bytes that the view gave. 1 on a leak. */
int attack_look(int row, const char *what, const void *buf, size_t n);

/* Reads a path whole, if it opens, and looks. The open's errno, or 0. */
int attack_read(int row, const char *path);
int attack_read_at(int row, int dir, const char *path);
void attack_read_fd(int row, const char *what, int fd);
/* All of a directory: names, contents, links, attributes. */
void attack_walk(int row, const char *dir);

/* A fresh name in the view, valid until the next call. */
const char *attack_name(void);

/* How long a race is run, in seconds. */
int attack_seconds(void);

/* The tables of attacks of each file, ended by a NULL. */
struct attack {
	int row;
	void (*run)(int row);
};
extern const struct attack name_attacks[], read_attacks[], race_attacks[],
	errno_attacks[];

/* attack_host.c: makes the workspace, and changes it while it is viewed. */
int host_plant(const char *dir);
int host_disturb(const char *dir);
extern const char *attack_canary, *attack_token;

#endif
