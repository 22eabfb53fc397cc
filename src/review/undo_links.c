/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/undo.h"

#include <errno.h>
#include <string.h>

#include "util/walk.h"

/*
 * What comes back of a file that had several names is to be one file again: the
 * file itself where the job has it still (req.kept_name), else with a name that it
 * still has in the workspace, or with the first that comes back.
 */
static int was_linked(const struct undo *u, const struct undo_item *it)
{
	const struct ident *was = &u->old.ops[it->op].was;

	return it->has_req && it->req.kind == REQ_FILE && !it->req.kept_name &&
	       S_ISREG(was->mode) && was->nlink > 1;
}

static const struct ident *was_of(const struct undo *u,
				  const struct undo_item *it)
{
	return &u->old.ops[it->op].was;
}

struct search {
	struct undo *u;
	size_t left;
};

/* The file must be as it was: what the user made of it since is not undone. */
static int found_name(void *payload, const struct walk_entry *e)
{
	struct search *s = payload;
	struct ident now;

	if (e->error || !S_ISREG(e->st.st_mode) || e->st.st_nlink < 1)
		return WALK_GO;
	ident_of(&now, &e->st);
	for (size_t i = 0; i < s->u->n; i++) {
		struct undo_item *it = &s->u->at[i];

		if (it->verdict != UNDO_RESTORE || it->req.link_to ||
		    !was_linked(s->u, it) || was_of(s->u, it)->dev != now.dev ||
		    !ident_same(&now, was_of(s->u, it)))
			continue;
		it->link = strdup(e->path);
		if (!it->link)
			return -ENOMEM;
		it->req.link_to = it->link;
		it->req.link_ino = e->st.st_ino;
		s->left--;
	}
	return s->left ? WALK_GO : -ECANCELED;
}

static void link_to_first(struct undo *u)
{
	for (size_t i = 0; i < u->n; i++) {
		struct undo_item *it = &u->at[i];

		for (size_t k = 0; k < i && was_linked(u, it); k++) {
			struct undo_item *first = &u->at[k];

			if (!was_linked(u, first) || first->req.link_to ||
			    it->req.link_to || it->verdict != first->verdict ||
			    !ident_is(was_of(u, it), was_of(u, first)) ||
			    it->content.len != first->content.len ||
			    (it->content.len &&
			     memcmp(it->content.ptr, first->content.ptr,
				    it->content.len)))
				continue;
			it->req.link_to = first->req.path;
		}
	}
}

static int is_one_with(const struct undo *u, const struct undo_item *a,
		       const struct undo_item *b)
{
	return b->has_req && b->req.kind == REQ_FILE && !b->req.kept_name &&
	       ident_is(was_of(u, a), was_of(u, b));
}

/* Names that keep the file which what comes back was, and cannot get it back. */
static int tell_apart(const struct undo *u)
{
	int r = 0;

	for (size_t i = 0; !r && i < u->n; i++) {
		struct undo_item *it = &u->at[i];
		size_t back = 0;

		if (!was_linked(u, it) || it->why || it->req.link_ino)
			continue;
		for (size_t k = 0; k < u->n; k++)
			back += is_one_with(u, it, &u->at[k]);
		if (back < was_of(u, it)->nlink)
			r = undo_set(it, it->verdict, "as a file of its own:"
				     " its other names have been changed since,"
				     " or are on another file system");
	}
	return r;
}

int undo_links(struct undo *u)
{
	struct search s = { u, 0 };
	int r = 0;

	for (size_t i = 0; i < u->n; i++)
		s.left += u->at[i].verdict == UNDO_RESTORE &&
			  was_linked(u, &u->at[i]);
	if (s.left)
		r = walk_tree(u->w->ws, found_name, &s);
	if (r == -ENOMEM)
		return r;
	link_to_first(u);
	return tell_apart(u);
}
