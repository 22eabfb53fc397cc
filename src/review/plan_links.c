/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/plan_content.h"

#include <errno.h>
#include <string.h>

int plan_is_also(const struct plan_item *it)
{
	return !!(it->d->flags & DELTA_ALSO);
}

/* The item of the first name; NULL for a first name, and what has but one. */
static struct plan_item *first_of(const struct plan *p,
				  const struct plan_item *it)
{
	return it->d->flags & DELTA_HARDLINK &&
	       !(it->d->flags & DELTA_LINK_BELOW) ?
	       plan_find(p, it->d->link_to, strlen(it->d->link_to)) : NULL;
}

static int puts_file(const struct plan_item *it)
{
	return it->verdict == PLAN_ADD || it->verdict == PLAN_WRITE ||
	       it->verdict == PLAN_MERGE || it->verdict == PLAN_META;
}

const char *plan_link_of(const struct plan *p, const struct plan_item *it,
			 ino_t *ino)
{
	const struct plan_item *first;

	*ino = 0;
	if (!puts_file(it))
		return NULL;
	if (it->d->flags & DELTA_LINK_BELOW) {
		*ino = it->d->st.st_ino;
		return it->has_content ? NULL : it->d->link_to;
	}
	first = first_of(p, it);
	if (!first || !first->selected)
		return NULL;
	if (first->verdict == PLAN_NOTHING)
		*ino = first->d->now.st_ino;
	return puts_file(first) || *ino ? it->d->link_to : NULL;
}

void plan_links_select(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct plan_item *it = &p->at[i], *first;

		first = plan_is_also(it) ? first_of(p, it) : NULL;
		if (!first)
			continue;
		it->selected = first->selected;
		it->verdict = PLAN_NOTHING;
	}
}

/* Whether the first name can have what it is to have with this one beside it. */
static int check_also(const struct plan_input *in, struct plan_item *first,
		      const struct plan_item *it)
{
	const char *path = it->d->path;

	if (!plan_acts(first->verdict))
		return 0;
	if (it->d->now.st_ino != first->d->now.st_ino)
		return plan_set(first, PLAN_CONFLICT, "it was one file with %s,"
				" and you have parted them", path);
	if (it->d->flags & DELTA_GUARDED)
		return plan_set(first, PLAN_LEFT, "%s, another name of it, is"
				" read-only by a rule", path);
	return plan_check_risk(in->o, it->risk, first, path);
}

/* Names that are not the view's, as in a store of packages, are not ours to change. */
static int check_outside(const struct plan *p, struct plan_item *it)
{
	const struct stat *now = &it->d->now;
	size_t known = 0;

	if (!puts_file(it) || it->verdict == PLAN_ADD || it->why ||
	    !S_ISREG(now->st_mode) || now->st_nlink < 2 ||
	    it->d->flags & DELTA_HARDLINK)
		return 0;
	for (size_t i = 0; i < p->n; i++)
		known += p->at[i].d->now.st_ino == now->st_ino &&
			 p->at[i].d->kind != DELTA_RENAME;
	if (known >= now->st_nlink)
		return 0;
	return plan_set(it, it->verdict, "%zu other name%s of it, which the"
			" view has not, keep%s the old content",
			(size_t)now->st_nlink - known,
			now->st_nlink - known == 1 ? "" : "s",
			now->st_nlink - known == 1 ? "s" : "");
}

/* What the agent made another name of can only be that, if it is there. */
static int check_link(struct plan_item *first, struct plan_item *it)
{
	if (!first->selected || !plan_acts(it->verdict) ||
	    plan_acts(first->verdict) || first->verdict == PLAN_NOTHING)
		return 0;
	return plan_set(it, PLAN_LEFT, "%s, another name of it, is not applied",
			first->d->path);
}

int plan_links_check(const struct plan_input *in, struct plan *p)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->n; i++) {
		struct plan_item *it = &p->at[i], *first = first_of(p, it);

		if (first && it->selected && plan_is_also(it))
			r = check_also(in, first, it);
		else if (it->selected)
			r = check_outside(p, it);
	}
	for (size_t i = 0; !r && i < p->n; i++) {
		struct plan_item *it = &p->at[i], *first = first_of(p, it);

		if (first && it->selected && !plan_is_also(it))
			r = check_link(first, it);
	}
	return r;
}

/* One file has one content and one mode. */
static int share(const struct plan_item *first, struct plan_item *it)
{
	it->mode = first->mode;
	buf_wipe(&it->content);
	it->has_content = first->has_content;
	it->partial = first->partial;
	if (it->has_content)
		buf_add(&it->content, first->content.ptr, first->content.len);
	return buf_oom(&it->content) ? -ENOMEM : 0;
}

static int follow(const struct plan_item *first, struct plan_item *it)
{
	if (plan_is_also(it)) {
		it->now = it->d->now;
		it->verdict = !plan_acts(first->verdict) ? first->verdict :
			      first->verdict == PLAN_META ? PLAN_META :
			      PLAN_WRITE;
	}
	return puts_file(first) && puts_file(it) ? share(first, it) : 0;
}

int plan_links_follow(struct plan *p)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->n; i++) {
		struct plan_item *it = &p->at[i], *first = first_of(p, it);

		if (first && it->selected && first->selected)
			r = follow(first, it);
	}
	return r;
}
