/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_BASELINE_H
#define SCAN_BASELINE_H

#include <stddef.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

/*
 * Findings that are known already: a file of salted hashes of the secrets, one
 * on a line, sorted. A known secret stays known wherever it moves; a new one on
 * the same line is new. The hash is an HMAC with a random salt that the file
 * holds, so that it tells a guesser of weak passwords only what it must.
 *
 * Where a finding has no secret (a file's name), "path:" and the path stand for
 * it.
 */
struct baseline;

/* An empty one with a new salt. */
int baseline_new(struct baseline **out);
/* -EINVAL with file:line in err for what is no such file; -ENOENT. */
int baseline_read(struct baseline **out, const char *path, struct err *err);
int baseline_write(const struct baseline *b, const char *path, struct err *err);
void baseline_free(struct baseline *b);

/* The hash as hex. Not from several threads at once. */
void baseline_hash(struct baseline *b, const void *secret, size_t len,
		   char out[DIGEST_HEX]);
/* baseline_has is for one that was read, baseline_add for one to be written. */
int baseline_has(const struct baseline *b, const char *hash);
int baseline_add(struct baseline *b, const char *hash);

#endif
