/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_PATH_H
#define UTIL_PATH_H

#include <stddef.h>

#include "util/buf.h"

/*
 * Paths as this program keeps them: bytes, relative to a root, components
 * joined by single '/', no leading or trailing '/', no "." or "..", and "" for
 * the root itself. A name is one component. Nothing here touches the disk.
 */

/*
 * Brings a relative path of a user into that form: drops "." and doubled or
 * trailing '/', resolves ".." by the text. *out is the caller's. -EINVAL where
 * it is absolute or leads out of the root; -ENOMEM.
 */
int path_clean(const char *path, struct buf *out);

/* out = dir "/" name; "" as dir gives the name alone. Replaces out's content. */
void path_join(struct buf *out, const char *dir, const char *name);

/* The last component of a clean path; points into path. */
const char *path_base(const char *path);

/* Length of the parent of a clean path: 0 for an entry of the root. */
size_t path_parent_len(const char *path);

/* 1 if clean path is dir itself or lies below it; all lies below "". */
int path_is_below(const char *path, const char *dir);

/*
 * The path of a real directory or file, absolute and without symlinks
 * (realpath(3)). *out is a heap string. Negative errno.
 */
int path_real(const char *path, char **out);

/*
 * Below the user's home: $XDG_STATE_HOME, $XDG_CONFIG_HOME, $XDG_CACHE_HOME by
 * the XDG base directory specification, with "scrim/<tail>" joined. Where the
 * variable is unset, empty or relative, its default below $HOME; where HOME is
 * unset too, the home of the password database. *out is a heap string.
 * -ENOENT where there is no home at all.
 */
enum path_xdg { PATH_STATE, PATH_CONFIG, PATH_CACHE };
int path_user(enum path_xdg which, const char *tail, char **out);

#endif
