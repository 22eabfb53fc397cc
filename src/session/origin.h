/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_ORIGIN_H
#define SESSION_ORIGIN_H

#include "session/layer.h"

/*
 * Which path of the workspace the rules go by for a clean path of the view,
 * appended to origin: that of what is there, or would be. It differs from path
 * where the agent has renamed something. 0, or 1 where the session has made what
 * is there, so that no rule hides it; a negative errno.
 */
int layer_origin(struct layer *l, const char *path, struct buf *origin);

#endif
