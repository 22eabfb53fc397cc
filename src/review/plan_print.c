/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/plan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "util/esc.h"
#include "util/json.h"
#include "util/path.h"

#define FOLD_LEAST 50		/* changes below a new directory */

static void add_name(struct buf *out, const char *s)
{
	esc_add(out, s, strlen(s), ESC_NAME);
}

static const char *link_of(const struct plan *p, const struct plan_item *it)
{
	ino_t ino;

	return plan_link_of(p, it, &ino);
}

static void print_names(const struct delta *d, struct buf *out)
{
	for (size_t i = 0; i < d->n_also; i++) {
		buf_addstr(out, i ? ", " : "  (also ");
		add_name(out, d->also[i]);
	}
	if (d->n_also)
		buf_addch(out, ')');
}

/* below: how many more this line stands for. */
static void print_item(const struct plan *p, const struct plan_item *it,
		       size_t below, struct buf *out)
{
	const char *link = link_of(p, it);

	buf_addf(out, "  %-8s  ", link ? "link" :
		 plan_verdict_name(it->verdict));
	if (it->verdict == PLAN_MOVE) {
		add_name(out, it->d->origin);
		buf_addstr(out, " -> ");
	}
	add_name(out, it->d->path);
	if (S_ISDIR(it->d->kind == DELTA_DELETE ? it->d->base.st_mode :
		    it->d->st.st_mode))
		buf_addch(out, '/');
	if (link) {
		buf_addstr(out, "  (another name of ");
		add_name(out, link);
		buf_addch(out, ')');
	}
	print_names(it->d, out);
	if (below)
		buf_addf(out, "  (and %zu in it)", below);
	if (it->why) {
		buf_addstr(out, "  (");
		add_name(out, it->why);
		buf_addch(out, ')');
	}
	buf_addch(out, '\n');
}

/* What stands in the way comes last, where the eye is. */
static int rank(const struct plan_item *it)
{
	return it->verdict == PLAN_NOTHING ? 0 : it->verdict <= PLAN_MOVED ? 1 :
	       it->verdict == PLAN_LEFT ? 2 : 3;
}

static int is_plain_add(const struct plan *p, const struct plan_item *it)
{
	return it->selected && it->verdict == PLAN_ADD && !it->why &&
	       !plan_is_also(it) && !link_of(p, it);
}

/* How many follow that one line with their new directory says all of; or 0. */
static size_t fold_below(const struct plan *p, size_t i, char *folded)
{
	const char *dir = p->at[i].d->path;
	size_t len = strlen(dir), n = 0, end = i + 1;

	if (!is_plain_add(p, &p->at[i]) || !S_ISDIR(p->at[i].d->st.st_mode))
		return 0;
	for (; end < p->n && !strncmp(p->at[end].d->path, dir, len); end++)
		if (path_is_below(p->at[end].d->path, dir)) {
			if (!is_plain_add(p, &p->at[end]))
				return 0;
			n++;
		}
	if (n < FOLD_LEAST)
		return 0;
	for (size_t k = i + 1; k < end; k++)
		folded[k] |= path_is_below(p->at[k].d->path, dir);
	return n;
}

void plan_print(const struct plan *p, struct buf *out)
{
	char *folded = calloc(p->n + 1, 1);
	size_t acts = 0;

	for (int r = 0; r <= 3; r++)
		for (size_t i = 0; i < p->n; i++)
			if (p->at[i].selected && rank(&p->at[i]) == r &&
			    p->at[i].verdict != PLAN_MOVED &&
			    !plan_is_also(&p->at[i]) && !(folded && folded[i]))
				print_item(p, &p->at[i], folded ?
					   fold_below(p, i, folded) : 0, out);
	free(folded);
	for (int v = 0; v < PLAN_MOVED; v++)
		acts += p->count[v];
	buf_addf(out, "%zu to apply", acts);
	if (p->count[PLAN_NOTHING])
		buf_addf(out, ", %zu there already", p->count[PLAN_NOTHING]);
	if (p->count[PLAN_LEFT])
		buf_addf(out, ", %zu left", p->count[PLAN_LEFT]);
	if (p->count[PLAN_CONFLICT])
		buf_addf(out, ", %zu in conflict", p->count[PLAN_CONFLICT]);
	if (p->count[PLAN_REFUSED])
		buf_addf(out, ", %zu refused", p->count[PLAN_REFUSED]);
	buf_addch(out, '\n');
}

static json_t *item_json(const struct plan *p, const struct plan_item *it)
{
	json_t *o = json_object(), *classes = json_array();
	const char *link = link_of(p, it);

	jout_name(o, "path", it->d->path);
	if (it->d->origin)
		jout_name(o, "origin", it->d->origin);
	if (link)
		jout_name(o, "link_to", link);
	jout_names(o, "also", it->d->also, it->d->n_also);
	json_object_set_new(o, "verdict",
			    json_string(plan_verdict_name(it->verdict)));
	if (it->why)
		jout_name(o, "why", it->why);
	for (int i = 0; i < RISK_N; i++)
		if (it->risk & 1u << i)
			json_array_append_new(classes,
					      json_string(risk_classes[i].name));
	json_object_set_new(o, "risk", classes);
	return o;
}

json_t *plan_json(const struct plan *p)
{
	json_t *items = json_array();

	for (size_t i = 0; i < p->n; i++)
		if (p->at[i].selected && !plan_is_also(&p->at[i]))
			json_array_append_new(items, item_json(p, &p->at[i]));
	return items;
}
