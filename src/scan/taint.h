/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_TAINT_H
#define SCAN_TAINT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/*
 * Copies of secrets: a value that stands in a file which a rule hides, denies or
 * masks by its name is a secret wherever else in the workspace it stands: in a
 * backup, a bundle, a database, compiled code.
 *
 * Values are taken from the first TAINT_FILE_MAX bytes of each such file: of
 * TAINT_WINDOW bytes or more, and looking as if a program had made them, or
 * standing beside a name as passwords do. Each is looked for as it is, in
 * UTF-16, base64 and hex, and as a part of an address. Of a binary file, blocks
 * are looked for, and a file that holds one is not to be shown at all.
 *
 * What is kept is a hash of each value. Once known, a value stays: a key that was
 * changed is still in the bundles made with it. All functions but taint_new and
 * taint_free may be called from any thread.
 */
#define TAINT_WINDOW 12
#define TAINT_FILE_MAX (1u << 20)
#define TAINT_VALUES_MAX 100000		/* with their other forms */

struct policy;
struct rule;
struct taint;

/*
 * Looks through the workspace (its descriptor stays the caller's) by the paths'
 * verdicts of policy, which must be whole but for this, and outlive it.
 */
int taint_new(struct taint **out, const struct policy *policy,
	      int workspace_fd);
void taint_free(struct taint *t);

/*
 * Before a file of that change time is judged: looks at what may have changed in
 * the secrets since. NULL for the time: looks at everything again.
 */
int taint_look(struct taint *t, const struct timespec *changed);
/* Looks at the files that are known to hold secrets, no others. */
int taint_look_known(struct taint *t);

/* Counts up whenever a value comes to be known. */
unsigned long taint_epoch(const struct taint *t);
/* 1 as long as nothing was learned since taint_new: digests of then hold. */
int taint_is_as_made(const struct taint *t);
size_t taint_count(struct taint *t);
/* 1 where there were more values than TAINT_VALUES_MAX: the rest is unknown. */
int taint_is_full(struct taint *t);
/* SHA-256 of all that is known now, in hex: the same for the same values. */
void taint_digest(struct taint *t, char out[65]);

/* A copy, at off of the file. */
struct taint_copy {
	off_t off;
	size_t len;
	int width;		/* bytes per character, as in a finding */
	int whole;		/* the file is not to be shown at all */
	const char *of;		/* the secret's path; lives as long as the taint */
	const struct rule *rule;	/* that keeps that file back */
};
/* A negative return ends the search with it. */
typedef int (*taint_fn)(void *payload, const struct taint_copy *c);

/*
 * Finds copies in the whole regular file fd, holes passed over, in the order of
 * beginnings; the descriptor's offset stays. 0, -EFBIG where it took too long, or
 * another negative errno.
 */
int taint_find(struct taint *t, int fd, taint_fn fn, void *payload);

#endif
