/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scan/mask_make.h"
#include "util/io.h"

/*
 * A secret that is found by the name beside it may stand in the file once more,
 * beside another. Each is looked for by a hash of its first bytes.
 */
#define HEAD 8
#define BUCKETS 4096u
#define TWINS_SIZE_MAX (64u << 20)

struct twins {
	const char *text;
	size_t size;
	struct place_list *l;
	uint32_t *next;			/* of those known, one more; 0: none */
	uint32_t bucket[BUCKETS];	/* the first, and one more */
};

static unsigned hash(const char *s)
{
	uint64_t head;

	memcpy(&head, s, HEAD);
	return (unsigned)(head * 0x9e3779b97f4a7c15ull >> 52) & (BUCKETS - 1);
}

/* The one that stands at s, or NULL; the longest of several. */
static const struct place *find(const struct twins *t, const char *s,
				size_t left)
{
	const struct place *best = NULL;

	for (uint32_t i = t->bucket[hash(s)]; i; i = t->next[i - 1]) {
		const struct place *p = &t->l->at[i - 1];

		if (p->len <= left && (!best || p->len > best->len) &&
		    !memcmp(s, t->text + p->off, p->len))
			best = p;
	}
	return best;
}

static void know_all(struct twins *t)
{
	size_t n = t->l->n;

	for (size_t i = 0; i < n; i++) {
		const struct place *p = &t->l->at[i];
		const struct place *same;
		uint32_t *slot;

		if (p->len < (size_t)(MASK_MIN * p->width) ||
		    (size_t)p->off + p->len > t->size)
			continue;
		same = find(t, t->text + p->off, p->len);
		if (same && same->len == p->len)
			continue;
		slot = &t->bucket[hash(t->text + p->off)];
		t->next[i] = *slot;
		*slot = (uint32_t)i + 1;
	}
}

static int look(struct twins *t)
{
	int r = 0;

	for (size_t at = 0; !r && at + HEAD <= t->size;) {
		const struct place *p = find(t, t->text + at, t->size - at);
		struct place twin;

		if (!p) {
			at++;
			continue;
		}
		twin = *p;
		twin.off = (off_t)at;
		at += p->len;
		if (twin.off != p->off)
			r = place_add(t->l, &twin);
	}
	return r;
}

int mask_twins(struct place_list *l, int fd, size_t size)
{
	struct twins *t;
	char *text;
	ssize_t n;
	int r = -ENOMEM;

	if (!l->n || size > TWINS_SIZE_MAX)
		return 0;
	t = calloc(1, sizeof(*t));
	text = malloc(size);
	if (t)
		t->next = calloc(l->n, sizeof(*t->next));
	if (!t || !text || !t->next)
		goto out;
	n = io_pread_full(fd, text, size, 0);
	r = n < 0 ? (int)n : 0;
	if (!r) {
		t->text = text;
		t->size = (size_t)n;
		t->l = l;
		know_all(t);
		r = look(t);
		explicit_bzero(text, (size_t)n);
	}
out:
	free(text);
	if (t)
		free(t->next);
	free(t);
	return r;
}
