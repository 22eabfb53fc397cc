/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/diff_sum.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/diff_note.h"
#include "session/session.h"
#include "util/json.h"

static const struct similar *old_of(const struct diff_view *v, size_t i)
{
	const struct similar *s = &v->c->similar[i];

	return v->join && s->other != SIMILAR_NONE &&
	       v->c->list.at[i].kind == DELTA_ADD &&
	       changes_is_asked(&v->c->list.at[s->other], &v->paths) ? s : NULL;
}

/* The old end of a guessed rename is told of at the new one. */
static int is_told_elsewhere(const struct diff_view *v, size_t i)
{
	size_t a = v->c->similar[i].other;

	return v->join && changes_is_old_name(v->c, i) &&
	       v->folds[a].into == a &&
	       changes_is_asked(&v->c->list.at[a], &v->paths);
}

/* Whoever reads names or a patch by machine needs each of them. */
static int is_told_with_another(const struct diff_view *v, size_t i)
{
	return v->c->consumed[i] && !(v->each_name &&
	       v->c->list.at[i].flags & DELTA_ALSO);
}

int diff_is_listed(const struct diff_view *v, size_t i)
{
	return !is_told_with_another(v, i) && v->folds[i].into == i &&
	       changes_is_asked(&v->c->list.at[i], &v->paths) &&
	       !is_told_elsewhere(v, i);
}

int diff_is_hidden(struct diff_view *v, size_t i)
{
	int hidden = v->hide_ignored && v->c->ignored[i] && !v->keep[i];

	v->ignored += (size_t)hidden * (1 + v->folds[i].files);
	return hidden;
}

int diff_load_shown(const struct diff_view *v, size_t i, size_t limit,
		    struct diff_pair *out)
{
	const struct delta *d = &v->c->list.at[i];
	const struct similar *s = old_of(v, i);

	return s ? diff_load_similar(&v->c->source, d,
				     &v->c->list.at[s->other], s->score, limit,
				     out) :
		   diff_load(&v->c->source, d, limit, out);
}

int diff_is_implied(const struct diff_view *v, size_t i)
{
	const struct delta_list *list = &v->c->list;
	const struct delta *d = &list->at[i];
	size_t n = strlen(d->path);

	if (!changes_is_dir(d) || d->kind == DELTA_MODIFY ||
	    v->folds[i].files)
		return 0;
	for (size_t k = i + 1; k < list->n; k++) {
		const char *path = list->at[k].path;

		if (strncmp(path, d->path, n))
			return 0;
		if (path[n] == '/')
			return 1;
	}
	return 0;
}

/* ========== Summaries ========== */

/* Also of a guessed rename. */
const char *diff_origin(const struct diff_view *v, size_t i)
{
	const struct delta *d = &v->c->list.at[i];
	const struct similar *s = old_of(v, i);

	return s ? v->c->list.at[s->other].path :
	       d->kind == DELTA_RENAME ? d->origin : NULL;
}

static void print_name(const struct diff_view *v, const char *path)
{
	struct buf name = BUF_INIT;

	if (v->nul) {
		fwrite(path, 1, strlen(path) + 1, v->to);
		return;
	}
	diff_quote(&name, "", path);
	fputs(name.ptr, v->to);
	buf_release(&name);
}

void diff_print_names(const struct diff_view *v, size_t i)
{
	const struct delta *d = &v->c->list.at[i];
	const char *origin = diff_origin(v, i);
	int score = old_of(v, i) ? old_of(v, i)->score : 100;

	if (changes_is_dir(d) && diff_is_implied(v, i))
		return;
	if (v->name_status) {
		if (origin)
			fprintf(v->to, "R%03d", score);
		else
			fputc((int)d->kind, v->to);
		fputc(v->nul ? '\0' : '\t', v->to);
		if (origin) {
			print_name(v, origin);
			if (!v->nul)
				fputc('\t', v->to);
		}
	}
	print_name(v, d->path);
	if (!v->nul)
		fputc('\n', v->to);
}

int diff_count_all(const struct diff_view *v, struct diff_counts *n,
		     struct err *err)
{
	for (size_t i = 0; i < v->c->list.n; i++) {
		const struct delta *d = &v->c->list.at[i];
		struct diff_pair p;
		int r;

		n[i].added = n[i].removed = 0;
		if (!diff_is_listed(v, i) || changes_is_dir(d))
			continue;
		if (d->kind == DELTA_RENAME && !(d->flags & DELTA_CONTENT))
			continue;
		r = diff_load_shown(v, i, DIFF_SHOW_MAX, &p);
		if (!r) {
			r = diff_count(&p, &n[i].added, &n[i].removed);
			diff_pair_release(&p);
		}
		if (r)
			return err_errno(err, r, "cannot compare");
	}
	return 0;
}

static json_t *diff_json(const struct diff_view *v, size_t i,
			 const struct diff_counts *n)
{
	const struct delta *d = &v->c->list.at[i];
	char kind[2] = { (char)d->kind, '\0' };
	json_t *o = json_object();

	jout_name(o, "path", d->path);
	json_object_set_new(o, "kind", json_string(kind));
	if (d->origin)
		jout_name(o, "origin", d->origin);
	if (d->link_to)
		jout_name(o, "link_to", d->link_to);
	jout_names(o, "also", d->also, d->n_also);
	if (v->c->similar[i].other != SIMILAR_NONE)
		json_object_set_new(o, "similar",
				    changes_similar_json(v->c, i));
	json_object_set_new(o, "ignored", json_boolean(v->c->ignored[i]));
	json_object_set_new(o, "added", n->added < 0 ? json_null() :
			    json_integer(n->added));
	json_object_set_new(o, "removed", n->removed < 0 ? json_null() :
			    json_integer(n->removed));
	return o;
}

int diff_print_json(struct diff_view *v, struct err *err)
{
	struct diff_counts *n = calloc(v->c->list.n + 1, sizeof(*n));
	json_t *root = json_object(), *list = json_array();
	int r;

	r = n ? diff_count_all(v, n, err) : err_set(err, -ENOMEM, "out of memory");
	json_object_set_new(root, "schema", json_string("scrim.diff/1"));
	json_object_set_new(root, "session", changes_session_json(v->c));
	for (size_t i = 0; !r && i < v->c->list.n; i++)
		if (diff_is_listed(v, i))
			json_array_append_new(list, diff_json(v, i, &n[i]));
	json_object_set_new(root, "changes", list);
	if (!r && jout_print(v->to, root))
		r = err_set(err, -ENOMEM, "out of memory");
	json_decref(root);
	free(n);
	return r;
}

