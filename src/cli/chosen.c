/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/chosen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/hunks.h"
#include "cli/out.h"
#include "session/session.h"

static int is_taken(enum choice_state s)
{
	return s == CHOICE_TAKE || s == CHOICE_PART;
}

static void mark_taken(struct pick *p, const struct changes *c)
{
	p->n = 0;
	for (size_t i = 0; i < c->list.n; i++) {
		p->picked[i] = !c->consumed[i] &&
			is_taken(choices_state(&p->choices,
					       c->list.at[i].path));
		p->n += (size_t)p->picked[i];
	}
}

static int refuse(const struct pick *p, const struct changes *c,
		  struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < c->list.n; i++) {
		const char *path = c->list.at[i].path;

		if (!p->picked[i] || is_taken(choices_state(&p->choices, path)))
			continue;
		n++;
		out_warn("%s was changed after it was reviewed", path);
	}
	return n ? err_set(err, -ESTALE, "nothing was applied: what was chosen"
			   " is not what is there; look again with scrim"
			   " review") : 0;
}

static void fill_opts(struct pick *p, const struct changes *c,
		      struct plan_opts *o)
{
	p->chosen = (struct chosen){ &p->choices, &c->source };
	o->picked = p->picked;
	o->choice = chosen_text;
	o->choice_payload = &p->chosen;
}

int pick_hunks(struct pick *p, struct changes *c, char **argv,
	       struct plan_opts *o, struct err *err)
{
	const struct hunks_opts how = { "Apply", 1 };
	int r;

	p->passing = 1;
	p->picked = calloc(c->list.n + 1, 1);
	if (!p->picked)
		return err_set(err, -ENOMEM, "out of memory");
	r = hunks_pick(c, argv, &how, &p->choices, err);
	mark_taken(p, c);
	fill_opts(p, c, o);
	return r;
}

int pick_begin(struct pick *p, const struct changes *c, struct plan_opts *o,
	       struct err *err)
{
	size_t changed = 0;
	int r;

	p->picked = calloc(c->list.n + 1, 1);
	if (!p->picked)
		return err_set(err, -ENOMEM, "out of memory");
	r = choices_load(&p->choices, c->use.session->fd, err);
	if (r)
		return r;
	mark_taken(p, c);
	if (!p->n)
		return err_set(err, -ENOENT, "nothing is chosen; choose with"
			       " scrim review");
	r = choices_check(&p->choices, &c->source, &c->list, &changed, err);
	if (!r && changed)
		r = refuse(p, c, err);
	fill_opts(p, c, o);
	return r;
}

int pick_done(struct pick *p, const struct changes *c, const struct plan *plan,
	      struct err *err)
{
	if (p->passing)
		return 0;
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_item *it = &plan->at[i];
		struct choice *k = choices_get(&p->choices, it->d->path);

		if (!k || !it->selected || it->verdict == PLAN_LEFT)
			continue;
		choice_reset(k);
		k->seen = 0;
		k->seal[0] = '\0';
	}
	return choices_save(&p->choices, c->use.session->fd, err);
}

int pick_side(const struct pick *p, const struct delta *d,
	      struct diff_pair *pair)
{
	struct buf text = BUF_INIT;
	int r = 0;

	if (choices_state(&p->choices, d->path) != CHOICE_PART)
		return 0;
	r = chosen_text((void *)&p->chosen, d, &text);
	if (r < 0) {
		buf_release(&text);
		return r;
	}
	buf_release(&pair->new.text);
	pair->new.text = text;
	pair->new.size = (off_t)text.len;
	return 0;
}

void pick_release(struct pick *p)
{
	choices_release(&p->choices);
	free(p->picked);
	*p = (struct pick)PICK_INIT;
}
