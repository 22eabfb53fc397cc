/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FS_OBS_H
#define TESTS_FS_OBS_H

#include <stdio.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Observations of a file system, one per line, written so that two file systems
 * which behave the same give the same text: errno by name, no inode numbers, no
 * absolute times. The cases of posix_*.c print nothing but through here.
 *
 * A case runs in a child of its own whose working directory is the case's own
 * directory, with the fixture of fixture.c in it; "case: " stands before each of
 * its lines. It is ended by a signal after OBS_SECONDS.
 */
#define OBS_SECONDS 60

enum obs_flags {
	/* needs the rights of root, and other users: not with $OBS_ALONE */
	OBS_ROOT = 1 << 0,
};

struct obs_case {
	const char *name;
	int flags;
	void (*run)(void);
	void (*prepare)(void);	/* besides the fixture; may be NULL */
};

/* Tables of cases, ended by a NULL name; one for each posix_*.c. */
extern const struct obs_case open_cases[], data_cases[], perm_cases[],
	name_cases[], rename_cases[], dir_cases[], meta_cases[], lock_cases[],
	map_cases[], acl_cases[], direct_cases[];

/* Name of an errno, "0" for none. */
const char *obs_errno(int e);

/*
 * One call: its text, "ok" or the errno. The value is handed on. NUM prints the
 * value as well, for calls that return a count.
 */
#define TRY(call) obs_ret(#call, (call))
#define NUM(call) obs_num(#call, (call))
long obs_ret(const char *what, long ret);
long obs_num(const char *what, long ret);

void obs_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Type, mode, owner, nlink, size and content of a name, or of a descriptor. */
void obs_show(const char *path);
void obs_showfd(const char *label, int fd);
/* All names below dir, in order, as obs_show. */
void obs_tree(const char *dir);

/* Hash and length of what fd gives from its start by pread. */
void obs_content(const char *label, int fd);
uint64_t obs_hash(const void *p, size_t n, uint64_t h);
#define OBS_HASH_INIT 0xcbf29ce484222325ull

/*
 * What an operation did to an object's times and identity:
 *	struct obs_was w; obs_before(&w, "f"); ...; obs_after(&w, "chmod");
 * obs_before waits until a later change would show in the times.
 */
struct obs_was {
	const char *path;
	struct stat st;
};
void obs_before(struct obs_was *w, const char *path);
void obs_after(const struct obs_was *w, const char *what);

/* Acts as another user, without privilege, until obs_back; root only. */
void obs_become(unsigned uid, unsigned gid);
void obs_back(void);

/* Runs fn in a child and waits; its exit status, or 128 + the signal. */
int obs_child(void (*fn)(void));

void obs_pause(int msec);

/* fixture.c: makes the fixture; the second copies all of it up, in the view. */
void fixture_make(void);
void fixture_touch(const char *dir);

#endif
