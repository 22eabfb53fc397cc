/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_HANDLE_H
#define SESSION_HANDLE_H

#include <pthread.h>

#include "session/item.h"

/*
 * A small cache of open descriptors, one per node at the most, so that I/O by
 * node needs neither an open per call nor a descriptor per node. The least
 * recently used one that nobody has borrowed is closed when there are too many.
 *
 * Has a lock of its own, the innermost of all.
 */
struct node;

enum handle_kind {
	HANDLE_DIR,	/* a directory of the workspace */
	HANDLE_LOWER,	/* a file of the workspace, read-only */
	HANDLE_DATA,	/* a content file of the session, read and write */
};

struct handle {
	int fd;
	enum handle_kind kind;
	unsigned refs;
	struct node *node;	/* NULL: closed when the last borrower is done */
	struct handle *prev, *next;
};

struct handles {
	pthread_mutex_t lock;
	struct handle lru;	/* ring; lru.next is the most recent */
	unsigned n, max;
};

void handles_init(struct handles *hs, unsigned max);
void handles_release(struct handles *hs);

/* Borrows the node's handle if it is of that kind; NULL else. */
struct handle *handle_get(struct handles *hs, struct node *n,
			  enum handle_kind kind);
/*
 * Gives fd to the cache as the node's and borrows it. If the node has one of
 * this kind by now, fd is closed and that one borrowed; one of another kind is
 * replaced. NULL (fd closed) without memory.
 */
struct handle *handle_add(struct handles *hs, struct node *n,
			  enum handle_kind kind, int fd);
void handle_put(struct handles *hs, struct handle *h);
/* The node's descriptor is not to be used any more (replaced, or node freed). */
void handle_drop(struct handles *hs, struct node *n);
/* All descriptors of directories: one of them was moved. */
void handle_drop_dirs(struct handles *hs);
/* Closes one unborrowed descriptor; 0 if there was none. After EMFILE. */
int handle_shrink(struct handles *hs);

#endif
