/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_USERS_H
#define FS_USERS_H

#include "util/buf.h"

/*
 * Who keeps a mounted view from being unmounted: for the message alone, so what
 * cannot be looked at (other users' processes) is left out without a word.
 *
 * It asks for the device of what processes have in proc(5) and nothing else, which
 * the kernel answers by itself: the view may hang.
 */

/*
 * Appends "NAME (PID), NAME (PID)" of the other processes that have their working
 * or root directory, their program, an open file or (if there are none of these) a
 * mapping in the view mounted at path, three of them at most and then " and others".
 * NAME is what the process calls itself: escape it. Returns how many there are.
 */
unsigned users_of(const char *path, struct buf *out);

#endif
