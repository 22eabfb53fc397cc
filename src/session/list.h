/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LIST_H
#define SESSION_LIST_H

#include "session/layer.h"

struct listing;
struct list_entry {
	const char *name;
	uint64_t ino;		/* 0 where only a lookup would tell */
	uint32_t type;		/* S_IFMT bits */
	uint64_t cookie;	/* offset that goes on behind this entry */
	int check;		/* only a lookup tells whether it is shown */
};

/*
 * The visible entries of a directory, "." and ".." first, in an order that
 * depends on names alone, so that an offset stays right while entries come and
 * go. list_get reads a borrowed listing (from is the offset of readdir: 0
 * begins, and reads the directory anew if it changed); list_next gives 1, or 0 at
 * the end; list_put gives it back. w is who asks, NULL for a command: nobody else
 * may list a directory that a rule denies.
 */
int list_get(struct layer *l, const struct who *w, struct node *dir,
	     uint64_t from, struct listing **out);
int list_next(struct listing *list, uint64_t *at, struct list_entry *out);
/* The lookup that check asks for: what came of it, 1 where it is there. */
void list_judged(struct listing *list, uint64_t cookie, int shown);
/* After the last list_next of a listing: it was given out to its end. */
void list_ended(struct layer *l, struct listing *list);
/*
 * A digest of what is visible in dir now, never 0, and if asked for the newest
 * ctime of an entry of the workspace's; for dirtime.c.
 */
int list_digest(struct layer *l, struct node *dir, uint64_t *digest,
		struct timespec *newest);
void list_put(struct layer *l, struct listing *list);

#endif
