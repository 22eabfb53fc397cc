/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITRULES_H
#define REVIEW_GITRULES_H

#include <stddef.h>
#include <stdint.h>

#include "scan/mask.h"
#include "scan/policy.h"
#include "util/buf.h"

/*
 * The questions that looking through git asks of the rules, in one place: the
 * policy's answer for a path, and a file's bytes as the view shows them.
 */
struct gitview_rules {
	/*
	 * The strictest verdict of a workspace path and all its ancestors, or of
	 * the file that is there under another name, not confirmed by content.
	 * Never fails: what cannot be judged is hidden.
	 */
	void (*path)(void *payload, const char *path, size_t len,
		     struct verdict *out);
	/* Settles a verdict with confirm set by the content of fd. */
	void (*confirm)(void *payload, struct verdict *v, int fd,
			const char *path);
	/*
	 * The content of the regular file fd at path: 0 where it may be shown as
	 * it is, 1 where something in it is a secret, negative where it could not
	 * be judged. bytes, if not NULL, holds that content and is patched to what
	 * the view shows.
	 */
	int (*content)(void *payload, const struct verdict *v,
		       const char *path, int fd, struct buf *bytes);
	void *payload;
	const char *digest;	/* changes when any answer may change */
};

/* Both standard sources: a policy and the session's key for masks. */
struct gitrules_policy {
	const struct policy *policy;
	uint8_t key[MASK_KEY_LEN];
	struct gitlinks *links;	/* review/gitlinks.h; NULL: by names alone */
};

/* src is borrowed by out. */
void gitrules_init(struct gitview_rules *out, struct gitrules_policy *src);

/*
 * What may be seen of bytes that would be the file at path: the verdict's
 * action, confirmed. memfd is any memfd(2) descriptor; its content is replaced.
 * show is 0 as is, 1 with secrets in it, negative as content() above.
 */
struct gitrules_answer {
	enum action action;
	int show;
};
int gitrules_judge(const struct gitview_rules *rules, int memfd,
		   const struct verdict *v, const char *path,
		   const void *data, size_t len, struct buf *bytes,
		   struct gitrules_answer *out);

#endif
