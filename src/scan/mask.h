/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_MASK_H
#define SCAN_MASK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "scan/policy.h"

/*
 * Masks: text of the same length that stands where a secret was, so that sizes
 * and offsets hold and reading a masked file is "pread, then patch the spans".
 *
 * A secret of MASK_MIN bytes or more gets a mask that is recognisable (it begins
 * with MASK_MARK) and, being made by a keyed hash from the session's key, the
 * file's origin path and the secret, tells which file it belongs to; the same
 * secret in the same file has the same mask. Shorter ones are filled with '*'.
 * A mask holds only letters, digits and '_', so that JSON, YAML, TOML, INI and
 * dotenv still parse.
 *
 *   mask_judge   the spans of one version of a file        (slow: a scan)
 *   mask_patch   puts masks over a piece that was read     (fast)
 *   mask_find    finds masks in bytes that an agent wrote
 *   mask_undo    puts the secrets back
 */
#define MASK_MIN 12
#define MASK_MARK "SCRIM_"
#define MASK_KEY_LEN 32

struct mask_span {
	off_t off;
	size_t len;
	char *text;		/* len bytes, what the agent sees; not NUL-ended */
	const struct rule *rule;
};

/* The spans of a file in order of offset, not overlapping. */
struct mask_list {
	struct mask_span *at;
	size_t n;
};

void mask_list_release(struct mask_list *l);

/*
 * Scans the whole regular file fd with the rules of high confidence (all bytes,
 * binary or not, as a stream) and, where v says ACTION_MASK, with the masking
 * rule of its kind (values of a dotenv). An empty list means that all may be
 * shown. A negative errno means that it could not be judged: do not show it.
 * -EFBIG where a bound on time or findings was reached.
 */
int mask_judge(const struct policy *p, const struct verdict *v, int fd,
	       const char *origin, const uint8_t key[MASK_KEY_LEN],
	       struct mask_list *out);

/* Overwrites the parts of spans that fall into buf = bytes off..off+len. */
void mask_patch(const struct mask_list *l, void *buf, size_t len, off_t off);

#endif
