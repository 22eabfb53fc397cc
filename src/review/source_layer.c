/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/source.h"

#include "session/change.h"

static int layer_new(void *payload, const struct delta *d, int *fd)
{
	return delta_open_new(payload, d, fd);
}

static int layer_base(void *payload, const struct delta *d, int *fd)
{
	return delta_open_base(payload, d, fd);
}

static int layer_base_view(void *payload, const struct delta *d, int *fd)
{
	return delta_open_base_view(payload, d, fd);
}

static int layer_masks(void *payload, const struct delta *d,
		       const struct mask_list **out)
{
	return delta_masks(payload, d, out);
}

static int layer_drop_paths(void *payload, const char *const *paths, size_t n,
			    struct err *err)
{
	return layer_drop(payload, paths, n, err);
}

void source_of_layer(struct source *s, struct layer *l)
{
	*s = (struct source){
		.open_new = layer_new,
		.open_base = layer_base,
		.open_base_view = layer_base_view,
		.masks = layer_masks,
		.drop = layer_drop_paths,
		.payload = l,
	};
}
