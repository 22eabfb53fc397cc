/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PREFLIGHT_H
#define CLI_PREFLIGHT_H

#include "util/err.h"

/*
 * What is looked at before a view is made, so that a refusal is one line that
 * says what to do, and nothing was changed on disk. Each returns 0, or a
 * negative errno with that line in err. Race-free they need not be: the mount
 * itself fails where one of them has become untrue.
 */

/* A directory that can be read, not inside any view; its real path in *real. */
int preflight_workspace(const char *path, char **real, struct err *err);

/*
 * An empty directory that neither holds nor lies inside the workspace (by
 * identity too, not by name alone); its real path in *real.
 */
int preflight_mountpoint(const char *path, const char *workspace, char **real,
			 struct err *err);

/* /dev/fuse; fusermount3 and what it needs where the user is not root. */
int preflight_fuse(struct err *err);

/* Mount options, as after -o, that fusermount3 gives to root alone. */
int preflight_options(const char *words, struct err *err);

/*
 * The real path of a mount point whose daemon may be dead, so that the point
 * itself cannot be asked: that of its parent, and its name.
 */
int preflight_real_mountpoint(const char *path, char **real);

#endif
