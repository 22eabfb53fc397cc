/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/hunks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/opt.h"
#include "review/ranges.h"

struct picker {
	struct changes *c;
	const struct hunks_opts *o;
	struct choices *out;
};

static int store(const struct picker *p, const struct choose *view,
		 const char *path)
{
	struct choice *k = choices_edit(p->out, path);
	int r = k ? choose_store(view, k) : -ENOMEM;

	if (!r && k->state == CHOICE_PART && !strchr(k->marks, CHOOSE_TAKE))
		choice_reset(k);
	return r;
}

/* ========== By number ========== */

static int mark_numbers(struct choose *view, const char *numbers,
			struct err *err)
{
	size_t n = view->hunks.n;
	char *in = calloc(n + 1, 1);
	int r = in ? ranges_parse(numbers, n, in, err) :
		     err_set(err, -ENOMEM, "out of memory");

	for (size_t i = 0; !r && i < n; i++)
		choose_mark(view, i, in[i] ? CHOOSE_TAKE : CHOOSE_LEAVE);
	free(in);
	return r;
}

static int take_numbers(const struct picker *p, const struct delta *d,
			const char *numbers, struct err *err)
{
	struct choose view;
	int r = choose_open(&view, &p->c->source, d, NULL);

	if (r)
		return err_errno(err, r, "%s", d->path);
	if (!view.hunks.n)
		r = err_set(err, -EINVAL, "it has no hunks; name it without"
			    " numbers and without --hunks");
	else if (view.whole)
		r = err_set(err, -EINVAL, "it was deleted, which goes as a"
			    " whole; name it without --hunks");
	else
		r = mark_numbers(&view, numbers, err);
	if (r)
		err_wrap(err, "%s", d->path);
	else if (store(p, &view, d->path))
		r = err_set(err, -ENOMEM, "out of memory");
	choose_close(&view);
	return r;
}

static int path_cmp(const void *key, const void *at)
{
	return strcmp(key, ((const struct delta *)at)->path);
}

static const struct delta *find(const struct changes *c, const char *path)
{
	return c->list.n ? bsearch(path, c->list.at, c->list.n,
				   sizeof(*c->list.at), path_cmp) : NULL;
}

/*
 * 1 where arg is FILE:NUMBERS, with what is named taken; 0 where it is a path to
 * be asked about. A file whose very name ends like that goes before.
 */
static int take_operand(const struct picker *p, const char *arg,
			struct buf *path, struct err *err)
{
	const char *colon = strrchr(arg, ':');
	const struct delta *d;
	char *name;
	int r = changes_path(p->c, arg, path, err);

	if (r || !colon || find(p->c, path->ptr) || !ranges_is_one(colon + 1))
		return r;
	name = strndup(arg, (size_t)(colon - arg));
	if (!name)
		return err_set(err, -ENOMEM, "out of memory");
	r = changes_path(p->c, name, path, err);
	free(name);
	if (r)
		return r;
	d = find(p->c, path->ptr);
	if (!d)
		return err_set(err, -ENOENT, "%s: the agent changed nothing"
			       " there; see scrim status", path->ptr);
	r = take_numbers(p, d, colon + 1, err);
	return r ? r : 1;
}

/* ========== By asking ========== */

/* A directory is offered by itself only where nothing below it is. */
static int is_asked_about(const struct changes *c, size_t i)
{
	const struct delta *d = &c->list.at[i];

	if (c->consumed[i])
		return 0;
	if (!changes_is_dir(d) || d->kind == DELTA_MODIFY)
		return 1;
	return i + 1 == c->list.n ||
	       strncmp(c->list.at[i + 1].path, d->path, strlen(d->path)) ||
	       c->list.at[i + 1].path[strlen(d->path)] != '/';
}

/* 1 where the person wants no more, 0 to go on. */
static int ask_one(const struct picker *p, size_t i, struct err *err)
{
	const struct delta *d = &p->c->list.at[i];
	struct hunks_reply reply = { 0, 0 };
	struct choose view;
	int r = choose_open(&view, &p->c->source, d, NULL);

	if (r)
		return err_errno(err, r, "%s", d->path);
	r = hunks_ask(p->c, i, p->o, &view, &reply, err);
	if (!r && reply.whole)
		choices_set(p->out, d->path, CHOICE_TAKE);
	else if (!r && view.hunks.n && !view.whole && store(p, &view, d->path))
		r = err_set(err, -ENOMEM, "out of memory");
	choose_close(&view);
	return r ? r : reply.quit;
}

static int ask_all(const struct picker *p, const struct strlist *asked,
		   struct err *err)
{
	size_t n = 0;
	int r = 0;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || opt_common.json)
		return err_set(err, -ENOTTY, "--hunks asks on a terminal;"
			       " without one, name hunks as FILE:1,3-5 (scrim"
			       " diff --hunks shows the numbers)");
	for (size_t k = 0; !r && k < p->c->list.n; k++) {
		size_t i = p->c->order[k];

		if (!changes_is_asked(&p->c->list.at[i], asked) ||
		    !is_asked_about(p->c, i))
			continue;
		n++;
		r = ask_one(p, i, err);
	}
	if (r >= 0 && !n)
		r = err_set(err, -ENOENT, "the agent changed nothing there;"
			    " see scrim status");
	return r < 0 ? r : 0;
}

/* ========== The whole ========== */

static size_t count_taken(const struct choices *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->at[i]->state == CHOICE_TAKE ||
		     c->at[i]->state == CHOICE_PART;
	return n;
}

int hunks_pick(struct changes *c, char **argv, const struct hunks_opts *o,
	       struct choices *out, struct err *err)
{
	struct strlist asked = STRLIST_INIT;
	struct picker p = { c, o, out };
	struct buf path = BUF_INIT;
	int r = 0, all = !*argv;

	choices_step(out);
	for (; r >= 0 && *argv; argv++) {
		r = take_operand(&p, *argv, &path, err);
		if (!r && strlist_add(&asked, path.ptr))
			r = err_set(err, -ENOMEM, "out of memory");
	}
	if (r >= 0 && (all || asked.n))
		r = ask_all(&p, &asked, err);
	if (r >= 0 && !count_taken(out))
		r = err_set(err, -ENOENT, "no hunk was taken");
	if (r >= 0)
		r = choices_seal(out, &c->source, &c->list, err);
	strlist_release(&asked);
	buf_release(&path);
	return r < 0 ? r : 0;
}

int hunks_without(const struct changes *c, const struct delta *d,
		  const struct choice *k, struct buf *text)
{
	struct choose view;
	int r = choose_open(&view, &c->source, d, k);

	if (r)
		return r;
	for (size_t i = 0; i < view.hunks.n_lines; i++)
		choose_mark_line(&view, i, view.marks[i] == CHOOSE_TAKE ?
				 CHOOSE_LEAVE : CHOOSE_TAKE);
	r = view.lost ? -EBADMSG : choose_text(&view, text);
	choose_close(&view);
	return r;
}
