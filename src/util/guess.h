/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_GUESS_H
#define UTIL_GUESS_H

#include <stddef.h>

/*
 * Which of some known names a mistyped word was meant to be. Set the word, offer
 * each name, then look at best: NULL where none is near enough.
 *
 * The distance is that of optimal string alignment: letters that are wrong, left
 * out, too many, or two next to each other the wrong way round each count as one.
 * Near enough is a third of the word's letters, and one for words of two. The first
 * of several equally near names counts. Case is not told apart.
 */
#define GUESS_LEN 32	/* longer words and names are never near */

struct guess {
	const char *word;
	size_t len;		/* bytes of word that count */
	const char *best;	/* as it was offered; or NULL */
	size_t distance;	/* of best */
};

#define GUESS_INIT(word, len) { word, len, NULL, 0 }

void guess_offer(struct guess *g, const char *name);

#endif
