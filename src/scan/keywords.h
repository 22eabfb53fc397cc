/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_KEYWORDS_H
#define SCAN_KEYWORDS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds any of some hundreds of short words in bytes, in one pass, without
 * regard to the case of ASCII letters.
 *
 * At each byte the next four, folded, are hashed into a bitmap that fits the
 * second-level cache; only where its bit is set the words of that hash are
 * compared. For each word those four of its bytes are chosen that are rarest in
 * text. So the time depends on the bytes and on true hits, not on the number of
 * words, and no input makes it slow: the chains are short and bounded by the
 * words given.
 *
 * A table is made once and never changes; threads share it.
 */
#define KEYWORD_MIN 3
#define KEYWORD_MAX 64

struct keywords;

struct keyword_hit {
	size_t off;	/* of the word in the bytes */
	uint32_t word;	/* its index in the array that was given */
};

/*
 * -EINVAL, with *bad its index, for a word that is too short or too long, that
 * holds a line break, or where there are more than 60,000. The same word may
 * come twice. -ENOMEM.
 */
int keywords_new(struct keywords **out, const char *const *words, size_t n,
		 size_t *bad);
void keywords_free(struct keywords *k);

/* For tests: without the instructions that look at eight places at once. */
void keywords_one_by_one(struct keywords *k);

size_t keyword_len(const struct keywords *k, uint32_t word);

/*
 * Looks from *pos on, fills at most max hits and returns how many there are;
 * *pos is then where to go on, or len at the end. Each word that lies wholly in
 * buf is reported once. Offsets may step back by less than KEYWORD_MAX from one
 * hit to the next, never over a line break.
 *
 * max must be at least the number of words, so that a call always gets on.
 */
size_t keywords_find(const struct keywords *k, const void *buf, size_t len,
		     size_t *pos, struct keyword_hit *hits, size_t max);

#endif
