/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_CONFIRM_H
#define SCAN_CONFIRM_H

#include <stddef.h>

#include "scan/ruleset.h"

/*
 * What a file's content says to the rules that ask for it (confirm): a .pem is
 * a secret where it holds a private key.
 *
 * A rule is confirmed where one of its markers is found and none of its vetoes
 * (those that begin with "!"). A file with NUL bytes is looked at a second time
 * without them, so that UTF-16 is no hiding place. What cannot be said (an
 * unreadable file, a larger one than CONFIRM_MAX without a marker in it, a
 * pattern that gave up) counts as confirmed.
 */
#define CONFIRM_MAX (64u << 20)

struct confirm;

/*
 * The patterns that rules name with '@' because many need them; where one finds
 * a value that is a secret, that is its group 1:
 *
 *	private-key	a private key as text
 *	secret-value	a telling name with a literal value
 *	export-secret	the same, exported by a shell
 *	xml-secret	the same, an element of XML
 *	url-password	an address with a password
 *
 * NULL where there is none of that name. validate.h has the other names.
 */
const char *confirm_pattern(const char *name);

/* Makes the patterns of all rules; they are compiled when first asked. */
int confirm_new(struct confirm **out, const struct ruleset *rules,
		struct err *err);
void confirm_free(struct confirm *c);

/*
 * Whether rule number of the ruleset is confirmed by the file fd: 1 or 0. A
 * directory, or anything else that is not a regular file, says 0.
 */
int confirm_file(const struct confirm *c, size_t number, int fd);

/* The same for a text in memory: the value of a variable. */
int confirm_text(const struct confirm *c, size_t number, const char *s,
		 size_t len);

#endif
