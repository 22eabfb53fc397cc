/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITCONF_H
#define REVIEW_GITCONF_H

#include <stddef.h>

#include "util/buf.h"

/*
 * git's configuration files as text. A repository's configuration is never
 * given to libgit2, which would follow its includes; this parser follows
 * nothing, knows no variable and runs nothing.
 */

/*
 * Called for each variable: section and key in lower case, sub the subsection
 * or NULL, value unquoted or NULL where the line has no '='. A negative return
 * ends the parse.
 */
typedef int (*gitconf_fn)(void *payload, const char *section, const char *sub,
			  const char *key, const char *value);

/* -EINVAL where git would call the file bad too; -ENOMEM. */
int gitconf_parse(const char *text, size_t len, gitconf_fn fn, void *payload);

/* The last value of section.key (no subsection), heap; NULL where none. */
int gitconf_get(const char *text, size_t len, const char *section,
		const char *key, char **out);

/* Appends `\tkey = "value"` with all that needs it quoted, and a newline. */
void gitconf_add(struct buf *out, const char *key, const char *value);
/* Appends a section's header. */
void gitconf_add_section(struct buf *out, const char *section,
			 const char *sub);

/*
 * Appends a URL without what lets somebody in: user and password (the user of
 * an ssh URL stays), query and fragment of a web URL. Not a URL: as it is.
 */
void gitconf_add_url(struct buf *out, const char *url);

/* 1 where a text holds a URL with such a part in it. */
int gitconf_text_has_login(const char *text, size_t len);

/* 1 where a variable gives or fetches a secret, whatever its value looks like. */
int gitconf_is_login(const char *section, const char *key, const char *value);

#endif
