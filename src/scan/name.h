/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_NAME_H
#define SCAN_NAME_H

#include <stddef.h>

/*
 * What the name of a variable, key, option or element says of its value. The
 * name is cut into words (camelCase, snake_case, kebab-case, dots); the last
 * words decide, apart from those that only tell a place (password_prod).
 */
enum name_class {
	NAME_OTHER,	/* nothing of a secret, or of what goes with one */
	NAME_KEY,	/* some key: only a random value is a secret */
	NAME_VAGUE,	/* secret-like, but with a word after it: the same */
	NAME_SECRET,	/* token, secret, API key... */
	NAME_PASSWORD,	/* a password: also a weak value is a secret */
};

enum name_class name_classify(const char *name, size_t len);

/* 1 where the last word tells of something plain: an id, a hash, a path... */
int name_is_plain(const char *name, size_t len);

/*
 * 1 where the n bytes at offset at of the name are a word of it, or begin one:
 * "okta" in oktaToken and OKTA_TOKEN, not in rookTable.
 */
int name_has_vendor(const char *name, size_t len, size_t at, size_t n);

#endif
