/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_META_H
#define SESSION_META_H

#include "util/err.h"

struct session;

/*
 * meta.ini of a session, as scrim-session(5) describes it. Values are encoded
 * so that any byte of a path survives: what is not printable ASCII, and space,
 * '%', ';', '#', '=', '\' and '"', is written as %XX.
 */
#define META_FILE "meta.ini"
#define META_MAX (64 * 1024)

/*
 * Reads it from the directory s->fd into s, whose strings must be unset.
 * Where the format is newer than SESSION_FORMAT nothing but s->format and the
 * known keys are filled, and unknown ones passed over; that is not an error
 * here. In a format that is known, an unknown, missing or broken key is one:
 * -EINVAL, with the line in err.
 */
int meta_read(struct session *s, struct err *err);

/* Writes it whole, durably; readers see the old file or the new one. */
int meta_write(const struct session *s, struct err *err);

#endif
