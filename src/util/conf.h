/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_CONF_H
#define UTIL_CONF_H

#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * INI files, read by inih, the one way this program reads settings and rules.
 *
 * The file is read whole and must be of at most CONF_MAX bytes. Three traps of
 * inih are closed here, so that nothing is ever loaded in part: a line of more
 * than CONF_LINE_MAX bytes is an error (inih would deliver it cut), a syntax
 * error anywhere fails the whole file, and a NUL byte is an error. inih's own
 * rules hold otherwise: ';' or '#' opens a comment line, " ;" a comment within a
 * value, an indented line goes on with the value of the key above it.
 *
 * An indented line is joined to the value here, with nothing between if the
 * line before ended in a backslash (which is dropped), else with a '\n'.
 */
#define CONF_MAX (4u << 20)
#define CONF_LINE_MAX 198

/*
 * Called once for each key, with its whole value and the line that it began
 * on, counted from 1. Sections and keys come in the file's order; a key may come
 * twice. A negative return ends the reading; err is then prefixed with
 * "file:line".
 */
typedef int (*conf_fn)(void *payload, const char *section, const char *key,
		       const char *value, int line, struct err *err);

/* name is used in messages only. */
int conf_parse(const char *name, const char *text, size_t len, conf_fn fn,
	       void *payload, struct err *err);

/*
 * The text of a file, whole. -ENOENT where there is none; -EINVAL for what is no
 * plain file, -EFBIG. err says which.
 */
int conf_text(const char *path, struct buf *out, struct err *err);

/* The same as conf_parse for a file. -ENOENT where there is none (err says so too). */
int conf_read(const char *path, conf_fn fn, void *payload, struct err *err);

/* Values; each fills err with what would be right. */
int conf_bool(const char *value, int *out, struct err *err);
/* A whole number with an optional unit k, M or G (powers of 1,024). */
int conf_size(const char *value, unsigned long long *out, struct err *err);

#endif
