/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_SOURCE_H
#define REVIEW_SOURCE_H

#include <stdint.h>

#include "session/delta.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * Where the content of changes comes from, and who is told that they are
 * applied: the layer of a session, or a table of a test.
 *
 * The functions are those of session/delta.h and layer_settle, with the same
 * errors; source_read reads a whole side into memory.
 */
struct mask_list;
struct policy;

#define SOURCE_BASE_MAX (64u << 20)	/* of a base to unmask by */

typedef int (*source_shown_fn)(void *payload, const char *path,
			       struct buf *text, struct mask_list *masks);

struct source {
	int (*open_new)(void *payload, const struct delta *d, int *fd);
	int (*open_base)(void *payload, const struct delta *d, int *fd);
	int (*open_base_view)(void *payload, const struct delta *d, int *fd);
	int (*masks)(void *payload, const struct delta *d,
		     const struct mask_list **out);
	/*
	 * Puts the secrets back where text, the agent's content, has masks.
	 * 0; -EBADMSG with the place in err for a mask that is damaged or belongs
	 * to another file.
	 */
	int (*unmask)(void *payload, const struct delta *d, struct buf *text,
		      struct err *err);
	/*
	 * Calls fn for each file of the workspace that the agent was shown with
	 * short masks (session/shown.h); text and masks are fn's to keep. May be
	 * NULL.
	 */
	int (*each_shown)(void *payload, source_shown_fn fn, void *fn_payload);
	/* See delta_check_move. May be NULL. */
	int (*check_move)(void *payload, const struct delta *d);
	int (*settle)(void *payload, const char *const *paths, size_t n,
		    struct err *err);
	/*
	 * As settle, for what was applied in part: the rest stays, as a change of
	 * what the workspace has now. May be NULL.
	 */
	int (*settle_part)(void *payload, const char *const *paths, size_t n,
			   struct err *err);
	void *payload;
	/* private to source_of_layer */
	struct layer *layer;
	const struct policy *policy;
	const uint8_t *key;
};

/*
 * Layer, policy and key (of the masks) must outlive the source, which must not
 * be moved.
 */
void source_of_layer(struct source *s, struct layer *l,
		     const struct policy *policy, const uint8_t *key);

enum source_side { SOURCE_NEW, SOURCE_BASE, SOURCE_BASE_VIEW };

/*
 * Appends the whole content of one side: of a symlink its target (new side
 * only), of anything else but a regular file nothing. -EFBIG over limit.
 */
int source_read(const struct source *s, const struct delta *d,
		enum source_side side, size_t limit, struct buf *out);

/* Opens the same; *fd stays -1 where there is no content to open. */
int source_open(const struct source *s, const struct delta *d,
		enum source_side side, int *fd);

#endif
