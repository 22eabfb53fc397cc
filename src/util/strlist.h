/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_STRLIST_H
#define UTIL_STRLIST_H

#include <stddef.h>

/*
 * A growing list of heap strings, which it owns. Start with STRLIST_INIT (all
 * zero), end with strlist_release; a released list can be used again.
 */
struct strlist {
	char **at;
	size_t n;
	/* private */
	size_t cap;
};

#define STRLIST_INIT { NULL, 0, 0 }

void strlist_release(struct strlist *l);

/* Appends a copy of s (of len bytes of s). 0 or -ENOMEM. */
int strlist_add(struct strlist *l, const char *s);
int strlist_addn(struct strlist *l, const char *s, size_t len);

/*
 * Appends the parts of s between any of the separators, without white space
 * around them; empty parts are left out.
 */
int strlist_split(struct strlist *l, const char *s, const char *separators);

/* 1 where one of the strings is s. */
int strlist_has(const struct strlist *l, const char *s);

#endif
