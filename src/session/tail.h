/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_TAIL_H
#define SESSION_TAIL_H

#include <stdint.h>

/*
 * What a log has where no record checks: the end that a crash tore off, of which
 * nothing was promised, or damage, before or in what was.
 *
 *	TAIL_TORN	A beginning of one record, or a whole one of which blocks
 *			were never written and read as zeroes, and nothing but
 *			zeroes behind it. It may be cut off.
 *	TAIL_LENGTH	A whole record that checks but for its length, which is
 *			*len; the log goes on behind it, or ends there.
 *	TAIL_DAMAGED	All else: a whole record of other bytes, or one behind
 *			which others follow.
 *
 * An agent can put text that looks like a record into the last one, as the value
 * of an attribute; if that is torn, it counts as damage, never the other way.
 */
enum tail { TAIL_TORN, TAIL_LENGTH, TAIL_DAMAGED };

/* Of the log in fd from off to size; or a negative errno. *len may be unset. */
int tail_look(int fd, uint64_t off, uint64_t size, uint32_t *len);

#endif
