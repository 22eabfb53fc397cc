/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/plan_content.h"

#include <errno.h>
#include <stdlib.h>

#include "scan/mask.h"

/* A file that the agent saw with short masks, and that is not as it was. */
struct shown {
	struct plan_item *it;
	const struct mask_list *masks;
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
	l->at[l->n++] = (struct shown){ it, masks, BUF_INIT };
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

static int refuse(struct plan_item *it, struct plan_item *from,
		  const struct buf *text, size_t off)
{
	struct err err = ERR_INIT;
	int r;

	mask_refuse(text, off, &err, "a mask of another file; put back what "
		    "stood there, or drop it");
	r = plan_set(it, PLAN_REFUSED, "%s", err.msg);
	if (!r && from->verdict == PLAN_REMOVE)
		r = plan_set(from, PLAN_LEFT, "what it holds was put into a "
			     "file that is not applied");
	return r;
}

static int check(const struct plan_input *in, struct plan_item *it,
		 const struct shown_list *l)
{
	struct buf text = BUF_INIT;
	size_t off;
	int r;

	r = source_read(in->s, it->d, SOURCE_NEW, PLAN_TEXT_MAX, &text);
	/* too large to be a copy of what could be shown with masks */
	if (r == -EFBIG)
		r = 0;
	for (size_t i = 0; !r && i < l->n; i++) {
		const struct shown *from = &l->at[i];

		if (from->it == it ||
		    !mask_finds_short(from->masks, &from->text, &text, &off))
			continue;
		r = refuse(it, from->it, &text, off);
		break;
	}
	buf_release(&text);
	return r == -ENOMEM ? r : 0;
}

int plan_short(const struct plan_input *in, struct plan *p)
{
	struct shown_list l = { NULL, 0, 0 };
	int r = 0, any = 0;

	for (size_t i = 0; i < p->n; i++)
		any |= p->at[i].fills;
	if (any)
		r = gather(in, p, &l);
	for (size_t i = 0; !r && l.n && i < p->n; i++)
		if (p->at[i].fills && plan_acts(p->at[i].verdict))
			r = check(in, &p->at[i], &l);
	for (size_t i = 0; i < l.n; i++)
		buf_release(&l.at[i].text);
	free(l.at);
	return r;
}
