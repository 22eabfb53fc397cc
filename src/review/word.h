/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_WORD_H
#define REVIEW_WORD_H

#include <stddef.h>

/*
 * Which words changed between two pieces of text. A word is a run of letters,
 * digits, '_' and bytes over 0x7f; a run of spaces is one too; anything else is a
 * word by itself.
 */
struct word {
	char origin;		/* ' ', '-' or '+' */
	const char *text;	/* into old (' ', '-') or new ('+') */
	size_t len;
};

struct words {
	struct word *at;
	size_t n;
};

/* Neighbours of the same origin are joined. 0 or -ENOMEM, -EIO. */
int words_make(struct words *out, const char *old, size_t old_len,
	       const char *new, size_t new_len);
void words_release(struct words *w);

#endif
