/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/handle.h"

#include <stdlib.h>
#include <unistd.h>

#include "session/tree.h"

void handles_init(struct handles *hs, unsigned max)
{
	pthread_mutex_init(&hs->lock, NULL);
	hs->lru.prev = hs->lru.next = &hs->lru;
	hs->n = 0;
	hs->max = max;
}

static void unlink_ring(struct handle *h)
{
	h->prev->next = h->next;
	h->next->prev = h->prev;
}

static void link_first(struct handles *hs, struct handle *h)
{
	h->next = hs->lru.next;
	h->prev = &hs->lru;
	h->next->prev = h;
	hs->lru.next = h;
}

/* Takes h from its node; closes it unless someone has borrowed it. */
static void detach(struct handles *hs, struct handle *h)
{
	unlink_ring(h);
	hs->n--;
	h->node->handle = NULL;
	h->node = NULL;
	if (!h->refs) {
		close(h->fd);
		free(h);
	}
}

void handles_release(struct handles *hs)
{
	while (hs->lru.next != &hs->lru)
		detach(hs, hs->lru.next);
	pthread_mutex_destroy(&hs->lock);
}

static int shrink(struct handles *hs)
{
	for (struct handle *h = hs->lru.prev; h != &hs->lru; h = h->prev) {
		if (!h->refs) {
			detach(hs, h);
			return 1;
		}
	}
	return 0;
}

int handle_shrink(struct handles *hs)
{
	int r;

	pthread_mutex_lock(&hs->lock);
	r = shrink(hs);
	pthread_mutex_unlock(&hs->lock);
	return r;
}

static struct handle *borrow(struct handles *hs, struct node *n,
			     enum handle_kind kind)
{
	struct handle *h = n->handle;

	if (!h || h->kind != kind)
		return NULL;
	h->refs++;
	unlink_ring(h);
	link_first(hs, h);
	return h;
}

struct handle *handle_get(struct handles *hs, struct node *n,
			  enum handle_kind kind)
{
	struct handle *h;

	pthread_mutex_lock(&hs->lock);
	h = borrow(hs, n, kind);
	pthread_mutex_unlock(&hs->lock);
	return h;
}

struct handle *handle_add(struct handles *hs, struct node *n,
			  enum handle_kind kind, int fd)
{
	struct handle *h;

	pthread_mutex_lock(&hs->lock);
	h = borrow(hs, n, kind);
	if (h) {
		close(fd);
		goto out;
	}
	if (n->handle)
		detach(hs, n->handle);
	h = calloc(1, sizeof(*h));
	if (!h) {
		close(fd);
		goto out;
	}
	if (hs->n >= hs->max)
		shrink(hs);
	*h = (struct handle){ .fd = fd, .kind = kind, .refs = 1, .node = n };
	n->handle = h;
	link_first(hs, h);
	hs->n++;
out:
	pthread_mutex_unlock(&hs->lock);
	return h;
}

void handle_put(struct handles *hs, struct handle *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&hs->lock);
	if (!--h->refs && !h->node) {
		close(h->fd);
		free(h);
	}
	pthread_mutex_unlock(&hs->lock);
}

void handle_drop(struct handles *hs, struct node *n)
{
	pthread_mutex_lock(&hs->lock);
	if (n->handle)
		detach(hs, n->handle);
	pthread_mutex_unlock(&hs->lock);
}

void handle_drop_dirs(struct handles *hs)
{
	struct handle *h, *next;

	pthread_mutex_lock(&hs->lock);
	for (h = hs->lru.next; h != &hs->lru; h = next) {
		next = h->next;
		if (h->kind == HANDLE_DIR && h->node)
			detach(hs, h);
	}
	pthread_mutex_unlock(&hs->lock);
}
