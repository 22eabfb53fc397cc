/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/plan_content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/mask.h"

/*
 * A file that the agent saw with short masks: one that is not as it was, whose
 * secrets may be lost with any line, or one that is, of which there may be copies.
 */
struct shown {
	struct plan_item *it;	/* NULL: as it was */
	char *path;		/* then */
	const struct mask_list *masks;
	struct mask_list own;	/* of one that is as it was */
	struct buf text;	/* as the agent saw it */
};

struct shown_list {
	struct shown *at;
	size_t n, cap;
};

static int is_touched(const struct delta *d)
{
	return S_ISREG(d->base.st_mode) &&
	       (d->kind == DELTA_DELETE ||
		d->flags & (DELTA_REPLACED | DELTA_MASKED));
}

static int add(struct shown_list *l, struct plan_item *it,
	       const struct mask_list *masks)
{
	size_t cap = l->cap ? 2 * l->cap : 16;
	struct shown *at;

	if (l->n == l->cap) {
		at = realloc(l->at, cap * sizeof(*at));
		if (!at)
			return -ENOMEM;
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = (struct shown){ .it = it, .masks = masks,
					  .text = BUF_INIT };
	return 0;
}

static int gather(const struct plan_input *in, struct plan *p,
		  struct shown_list *l)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->n; i++) {
		const struct delta *d = p->at[i].d;
		const struct mask_list *masks = NULL;

		if (!is_touched(d) || in->s->masks(in->s->payload, d, &masks) ||
		    !mask_has_short(masks))
			continue;
		r = add(l, &p->at[i], masks);
		if (!r && source_read(in->s, d, SOURCE_BASE_VIEW, PLAN_TEXT_MAX,
				      &l->at[l->n - 1].text))
			l->n--;
	}
	return r;
}

/* Takes what it is given. */
static int gather_shown(void *payload, const char *path, struct buf *text,
			struct mask_list *masks)
{
	struct shown_list *l = payload;
	struct shown *at;
	int r = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct delta *d = l->at[i].it ? l->at[i].it->d : NULL;

		if (d && !strcmp(d->origin ? d->origin : d->path, path))
			goto drop;
	}
	r = add(l, NULL, NULL);
	if (r)
		goto drop;
	at = &l->at[l->n - 1];
	at->path = strdup(path);
	at->own = *masks;
	at->text = *text;
	*text = (struct buf)BUF_INIT;
	return at->path ? 0 : -ENOMEM;
drop:
	mask_list_release(masks);
	buf_release(text);
	return r;
}

static int refuse(struct plan_item *it, const struct shown *from,
		  const struct buf *text, size_t off)
{
	struct err err = ERR_INIT;
	int r;

	mask_refuse(text, off, &err, "a mask of ");
	r = plan_set(it, PLAN_REFUSED, "%s%s; put back what stood there, or "
		     "drop it", err.msg, from->path ? from->path :
		     "another file");
	if (!r && from->it && from->it->verdict == PLAN_REMOVE)
		r = plan_set(from->it, PLAN_LEFT, "what it holds was put into a"
			     " file that is not applied");
	return r;
}

/* The lines that a file had already are not copied from another one. */
static int finds(const struct plan_input *in, const struct plan_item *it,
		 const struct shown *from, const struct buf *text, size_t *off)
{
	struct buf old = BUF_INIT;
	int r = 0;

	if (from->it)
		return from->it != it &&
		       mask_finds_short(from->masks, &from->text, text, off);
	if (strcmp(it->d->path, from->path) &&
	    (!it->d->origin || strcmp(it->d->origin, from->path))) {
		source_read(in->s, it->d, SOURCE_BASE_VIEW, PLAN_TEXT_MAX, &old);
		r = mask_finds_copy(&from->own, &from->text, text, &old, off);
	}
	buf_wipe(&old);
	return r;
}

static int check(const struct plan_input *in, struct plan_item *it,
		 const struct shown_list *l)
{
	struct buf text = BUF_INIT;
	const struct buf *of = it->has_content ? &it->content : &text;
	size_t off;
	int r = 0, yes = 0;

	if (!it->has_content)
		r = source_read(in->s, it->d, SOURCE_NEW, PLAN_TEXT_MAX, &text);
	/* too large to be a copy of what could be shown with masks */
	if (r == -EFBIG)
		r = 0;
	for (size_t i = 0; !r && !yes && i < l->n; i++) {
		yes = finds(in, it, &l->at[i], of, &off);
		if (yes)
			r = yes < 0 ? yes : refuse(it, &l->at[i], of, off);
	}
	buf_release(&text);
	return r == -ENOMEM ? r : 0;
}

static void release(struct shown_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_release(&l->at[i].text);
		mask_list_release(&l->at[i].own);
		free(l->at[i].path);
	}
	free(l->at);
}

int plan_short(const struct plan_input *in, struct plan *p)
{
	struct shown_list l = { NULL, 0, 0 };
	int r = 0, any = 0;

	for (size_t i = 0; i < p->n; i++)
		any |= p->at[i].fills;
	if (any)
		r = gather(in, p, &l);
	if (!r && any && in->s->each_shown)
		r = in->s->each_shown(in->s->payload, gather_shown, &l);
	for (size_t i = 0; !r && l.n && i < p->n; i++)
		if (p->at[i].fills && plan_acts(p->at[i].verdict))
			r = check(in, &p->at[i], &l);
	release(&l);
	return r;
}
