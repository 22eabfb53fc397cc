/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_VALUE_H
#define SCAN_VALUE_H

#include <stddef.h>

/*
 * What a value looks like, whatever its name: the knowledge of the generic
 * detector about what is never a secret.
 */
enum value_kind {
	VALUE_NONE,	/* empty, a reference, a call, a path, a type, code */
	VALUE_DUMMY,	/* a placeholder, or the word "password" and its like */
	VALUE_PUBLIC,	/* a hash with its scheme, a UUID, a date, an address */
	VALUE_WORDS,	/* words, an identifier, a sentence */
	VALUE_SHORT,	/* too short or too plain to tell */
	VALUE_CHOSEN,	/* as people choose passwords; or random letters */
	VALUE_RANDOM,	/* as programs make them: long, of mixed characters */
};

enum value_kind value_judge(const char *s, size_t len);

/* 1 for text that stands for a value elsewhere: ${X}, {{ x }}, $X, %X%... */
int value_is_reference(const char *s, size_t len);

/*
 * 1 for what no token of a known form can be: xxxx, <token>, your-key, a run of
 * one character... The weaker sister of value_is_dummy.
 */
int value_is_placeholder(const char *s, size_t len);

/* 1 for what is put where a person is to put a secret: xxxx, <token>, changeme. */
int value_is_dummy(const char *s, size_t len);

/* Bits per byte of the bytes' own distribution. */
double value_entropy(const char *s, size_t len);

#endif
