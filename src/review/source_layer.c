/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/source.h"

#include <errno.h>
#include <string.h>

#include "scan/mask.h"
#include "session/change.h"
#include "util/io.h"

static int layer_new(void *payload, const struct delta *d, int *fd)
{
	const struct source *s = payload;

	return delta_open_new(s->layer, d, fd);
}

static int layer_base(void *payload, const struct delta *d, int *fd)
{
	const struct source *s = payload;

	return delta_open_base(s->layer, d, fd);
}

static int layer_base_view(void *payload, const struct delta *d, int *fd)
{
	const struct source *s = payload;

	return delta_open_base_view(s->layer, d, fd);
}

static int layer_masks(void *payload, const struct delta *d,
		       const struct mask_list **out)
{
	const struct source *s = payload;

	return delta_masks(s->layer, d, out);
}

static int layer_unmask(void *payload, const struct delta *d, struct buf *text,
			struct err *err)
{
	if (!memmem(text->ptr, text->len, MASK_MARK, strlen(MASK_MARK)) &&
	    !(d->flags & DELTA_MASKED))
		return 0;
	return err_set(err, -EBADMSG, "it holds masks of secrets");
}

static int layer_drop_paths(void *payload, const char *const *paths, size_t n,
			    struct err *err)
{
	const struct source *s = payload;

	return layer_settle(s->layer, paths, n, err);
}

void source_of_layer(struct source *s, struct layer *l,
		     const struct policy *policy, const uint8_t *key)
{
	*s = (struct source){
		.open_new = layer_new,
		.open_base = layer_base,
		.open_base_view = layer_base_view,
		.masks = layer_masks,
		.unmask = layer_unmask,
		.drop = layer_drop_paths,
		.payload = s,
		.layer = l,
		.policy = policy,
		.key = key,
	};
}
