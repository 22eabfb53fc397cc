/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/mask.h"
#include "session/change.h"
#include "session/shown.h"
#include "util/io.h"

/* A base with masks is kept whole up to this size. */
#define UNMASK_MAX (64u << 20)

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

/*
 * The real bytes that masks stand for. A file that an editor has put in the
 * place of another has no masks of its own, but those of what it replaced; where
 * that is not to be had, none is ours and mask_undo refuses them all.
 */
static int read_base(const struct source *s, const struct delta *d,
		     struct mask_undo *u, struct buf *base, struct err *err)
{
	int fd = -1, r;

	if (!(d->flags & DELTA_MASKED) && !d->origin &&
	    !S_ISREG(d->base.st_mode))
		return 0;
	r = delta_masks(s->layer, d, &u->list);
	if (!r && u->list)
		r = delta_open_base(s->layer, d, &fd);
	if (!r && u->list)
		r = io_read_all(fd, UNMASK_MAX, base);
	io_close(&fd);
	u->base = base->ptr;
	u->base_len = base->len;
	if (r && r != -ENOMEM && !(d->flags & DELTA_MASKED)) {
		u->list = NULL;
		return 0;
	}
	return !r || r == -ENOMEM ? r : err_set(err, -EBADMSG, "it was shown "
			"with masks, and what they stand for was not kept");
}

static int layer_unmask(void *payload, const struct delta *d, struct buf *text,
			struct err *err)
{
	const struct source *s = payload;
	struct mask_undo u = { .policy = s->policy, .path = d->path,
			       .key = s->key };
	struct buf base = BUF_INIT;
	int r;

	r = read_base(s, d, &u, &base, err);
	if (!r)
		r = mask_undo(&u, text, err);
	buf_wipe(&base);
	return r;
}

static int layer_each_shown(void *payload, source_shown_fn fn, void *fn_payload)
{
	const struct source *s = payload;
	struct strlist paths = STRLIST_INIT;
	struct mask_list masks;
	struct buf text = BUF_INIT;
	int r = shown_list(s->layer, &paths);

	for (size_t i = 0; !r && i < paths.n; i++) {
		r = shown_read(s->layer, paths.at[i], UNMASK_MAX, &text, &masks);
		if (r) {
			r = r == -ENOMEM ? r : 0;
			continue;
		}
		r = fn(fn_payload, paths.at[i], &text, &masks);
	}
	strlist_release(&paths);
	return r;
}

static int layer_check_move(void *payload, const struct delta *d)
{
	const struct source *s = payload;

	return delta_check_move(s->layer, d);
}

static int layer_settle_paths(void *payload, const char *const *paths, size_t n,
			    struct err *err)
{
	const struct source *s = payload;

	return layer_settle(s->layer, paths, NULL, n, err);
}

/* What is seen cannot be this, so all of it counts as written since. */
static int layer_settle_part(void *payload, const char *const *paths, size_t n,
			     struct err *err)
{
	const struct source *s = payload;
	struct stat *seen = calloc(n + 1, sizeof(*seen));
	int r;

	if (!seen)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		seen[i].st_mode = S_IFREG;
	r = layer_settle(s->layer, paths, seen, n, err);
	free(seen);
	return r;
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
		.each_shown = layer_each_shown,
		.check_move = layer_check_move,
		.settle = layer_settle_paths,
		.settle_part = layer_settle_part,
		.payload = s,
		.layer = l,
		.policy = policy,
		.key = key,
	};
}
