/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_ROOM_H
#define CLI_ROOM_H

#include <jansson.h>
#include <stdint.h>

/* How much room a session takes and may take, for people and as JSON. */
struct layer;
struct session;

#define ROOM_SIZE 24

/* "1.5 M" in out (of ROOM_SIZE bytes), which is returned. */
const char *room_size(uint64_t bytes, char *out);

/* A line on stdout where the session has limits, of what is left. */
void room_print(struct layer *l, const struct session *s);
/* {"bytes", "files", "max_size", "max_files"}; null for no limit. */
json_t *room_json(struct layer *l, const struct session *s);

#endif
