/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_MASK_H
#define SCAN_MASK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "scan/policy.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * Masks: text of the same length that stands where a secret was, so that sizes
 * and offsets hold and reading a masked file is "pread, then patch the spans".
 *
 * A span lies within one line: of a secret of several lines, each line is a span
 * of its own, without the white space and quotes around it. A piece of a secret
 * of MASK_MIN bytes or more gets a mask that is recognisable: MASK_MARK, a lower
 * case letter, a digit, an upper case letter, then more letters and digits. Made
 * by a keyed hash from the session's key, the file's origin path and the secret,
 * it tells which file it belongs to; the same secret in the same file has the
 * same mask. Shorter pieces are filled with 'x', pieces of digits alone with
 * '9'. So JSON, YAML, TOML, INI and dotenv still parse. In UTF-16 and
 * UTF-32 a mask is that too.
 *
 *   mask_judge   the spans of one version of a file        (slow: a scan)
 *   mask_patch   puts masks over a piece that was read     (fast)
 *   mask_undo    puts the secrets back into what an agent wrote
 */
#define MASK_MIN 12
#define MASK_MARK "SCRIM_"
#define MASK_KEY_LEN 32

struct mask_span {
	off_t off;
	size_t len;
	int width;		/* bytes per character */
	char *text;		/* len bytes, what the agent sees; not NUL-ended */
	const struct rule *rule;
	const char *copy_of;	/* of a copy: whose; as long as the policy */
};

/* The spans of a file in order of offset, not overlapping. */
struct mask_list {
	struct mask_span *at;
	size_t n;
};

void mask_list_release(struct mask_list *l);

/*
 * Scans the whole regular file fd with the rules of high confidence (all bytes,
 * binary or not, as a stream) and, where v says ACTION_MASK, for all values of a
 * dotenv, and the values of telling names in anything else; and, where the policy
 * has a taint, for copies of what is secret elsewhere. What is secret at one place
 * of the file is so at each. An empty list means
 * that all may be shown. A negative errno means that it could not be judged: do
 * not show it. -EFBIG where a bound on time, size or findings was reached,
 * -ENODATA where v says ACTION_MASK and nothing to mask was recognised, -EPERM
 * where a piece of a secret binary file is in it.
 */
int mask_judge(const struct policy *p, const struct verdict *v, int fd,
	       const char *origin, const uint8_t key[MASK_KEY_LEN],
	       struct mask_list *out);

/* Overwrites the parts of spans that fall into buf = bytes off..off+len. */
void mask_patch(const struct mask_list *l, void *buf, size_t len, off_t off);

/* 1 where spans of l cover all of that. */
int mask_covers(const struct mask_list *l, size_t off, size_t len);

/*
 * Puts secrets back: text is a file's content as the agent left it, list and
 * base are the masks and the real bytes of what the agent started from.
 *
 * A mask that belongs to this file turns back into its secret wherever it is. A
 * short one, which cannot be told from other text, does so only in a line that
 * is as it was, and that can be found again without doubt. Nothing else is ever
 * put in. With a policy, the result is judged as it would be at path, where it
 * is going to lie: each secret that was put back has to be hidden there again.
 *
 * 0 with the secrets in text; -EBADMSG with line and column in err, and text
 * unchanged, where a mask is of another file or damaged, a short one cannot be
 * placed, or a secret would come to be seen.
 */
struct mask_undo {
	const struct mask_list *list;	/* may be NULL: then none is ours */
	const void *base;
	size_t base_len;
	const struct policy *policy;	/* NULL: not judged again */
	const char *path;
	const uint8_t *key;
};
int mask_undo(const struct mask_undo *u, struct buf *text, struct err *err);

/* 1 where some mask of l, which may be NULL, is filled and not marked. */
int mask_has_short(const struct mask_list *l);
/*
 * 1 where a line of text, at *off, is one of those that have such a mask in seen,
 * the masked file that l is about.
 */
int mask_finds_short(const struct mask_list *l, const struct buf *seen,
		     const struct buf *text, size_t *off);
/*
 * 1 where text is a copy of seen, the masked file that l is about, or of a part of
 * it: a line with such a mask, and half of its other lines that say anything, or
 * all of a short file; *off is of that line. A line with a long filling is enough.
 * Lines that were in old do not count. Or -ENOMEM.
 */
int mask_finds_copy(const struct mask_list *l, const struct buf *seen,
		    const struct buf *text, const struct buf *old, size_t *off);
/* -EBADMSG, with the line and column of off in err. */
int mask_refuse(const struct buf *text, size_t off, struct err *err,
		const char *what);

#endif
