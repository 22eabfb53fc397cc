/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/choices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct choice_undo {
	size_t step;
	char *path;
	struct choice *was;	/* NULL: nothing was known of it */
};

void choice_reset(struct choice *k)
{
	for (size_t i = 0; i < k->n_ops; i++)
		free(k->ops[i].text);
	free(k->ops);
	free(k->marks);
	k->ops = NULL;
	k->n_ops = 0;
	k->marks = NULL;
	k->result[0] = '\0';
	k->state = CHOICE_NONE;
}

static void release_comment(struct choice_comment *m)
{
	free(m->text);
	m->text = NULL;
}

void choice_free(struct choice *k)
{
	if (!k)
		return;
	choice_reset(k);
	for (size_t i = 0; i < k->n_comments; i++)
		release_comment(&k->comments[i]);
	free(k->comments);
	free(k->path);
	free(k);
}

/* ========== Parts of a choice ========== */

int choice_add_op(struct choice *k, size_t hunk, const char *text)
{
	struct choice_op *ops = realloc(k->ops, (k->n_ops + 1) * sizeof(*ops));
	char *copy = text ? strdup(text) : NULL;

	if (ops)
		k->ops = ops;
	if (!ops || (text && !copy)) {
		free(copy);
		return -ENOMEM;
	}
	k->ops[k->n_ops++] = (struct choice_op){ hunk, copy };
	return 0;
}

static struct choice_comment *find_comment(const struct choice *k, char side,
					   unsigned line)
{
	for (size_t i = 0; i < k->n_comments; i++)
		if (k->comments[i].line == line &&
		    (!line || k->comments[i].side == side))
			return &k->comments[i];
	return NULL;
}

const char *choice_comment_at(const struct choice *k, char side, unsigned line)
{
	const struct choice_comment *m = k ? find_comment(k, side, line) : NULL;

	return m ? m->text : NULL;
}

static int add_comment(struct choice *k, char side, unsigned line, char *text)
{
	struct choice_comment *at = realloc(k->comments, (k->n_comments + 1) *
					    sizeof(*at));

	if (!at)
		return -ENOMEM;
	k->comments = at;
	at[k->n_comments++] = (struct choice_comment){ side, line, text };
	return 0;
}

int choice_comment(struct choice *k, char side, unsigned line, const char *text)
{
	struct choice_comment *m = find_comment(k, side, line);
	char *copy;
	int r;

	if (!*text) {
		if (m) {
			release_comment(m);
			*m = k->comments[--k->n_comments];
		}
		return 0;
	}
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	if (m) {
		release_comment(m);
		m->text = copy;
		return 0;
	}
	r = add_comment(k, side, line, copy);
	if (r)
		free(copy);
	return r;
}

static int copy_parts(struct choice *to, const struct choice *from)
{
	int r = 0;

	for (size_t i = 0; !r && i < from->n_ops; i++)
		r = choice_add_op(to, from->ops[i].hunk, from->ops[i].text);
	for (size_t i = 0; !r && i < from->n_comments; i++)
		r = choice_comment(to, from->comments[i].side,
				   from->comments[i].line,
				   from->comments[i].text);
	if (!r && from->marks) {
		to->marks = strdup(from->marks);
		r = to->marks ? 0 : -ENOMEM;
	}
	return r;
}

static struct choice *copy_choice(const struct choice *from)
{
	struct choice *to = calloc(1, sizeof(*to));

	if (!to)
		return NULL;
	to->path = strdup(from->path);
	to->state = from->state;
	to->seen = from->seen;
	memcpy(to->seal, from->seal, sizeof(to->seal));
	memcpy(to->result, from->result, sizeof(to->result));
	if (!to->path || copy_parts(to, from)) {
		choice_free(to);
		return NULL;
	}
	return to;
}

/* ========== The table ========== */

/* Where path is, or belongs. */
static size_t place(const struct choices *c, const char *path)
{
	size_t lo = 0, hi = c->n;

	/* Whole trees come in order: the end is looked at first. */
	if (c->n && strcmp(c->at[c->n - 1]->path, path) < 0)
		return c->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(c->at[mid]->path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct choice *choices_get(const struct choices *c, const char *path)
{
	size_t i = place(c, path);

	return i < c->n && !strcmp(c->at[i]->path, path) ? c->at[i] : NULL;
}

enum choice_state choices_state(const struct choices *c, const char *path)
{
	const struct choice *k = choices_get(c, path);

	return k ? k->state : CHOICE_NONE;
}

int choices_put(struct choices *c, struct choice *k)
{
	struct choice **at = c->at;
	size_t i;

	if (c->n == c->cap)
		at = realloc(c->at, (2 * c->cap + 16) * sizeof(*at));
	if (!at) {
		choice_free(k);
		return -ENOMEM;
	}
	if (c->n == c->cap)
		c->cap = 2 * c->cap + 16;
	c->at = at;
	i = place(c, k->path);
	memmove(at + i + 1, at + i, (c->n - i) * sizeof(*at));
	at[i] = k;
	c->n++;
	return 0;
}

static void take_out(struct choices *c, const char *path)
{
	size_t i = place(c, path);

	if (i >= c->n || strcmp(c->at[i]->path, path))
		return;
	choice_free(c->at[i]);
	memmove(c->at + i, c->at + i + 1, (c->n - i - 1) * sizeof(*c->at));
	c->n--;
}

struct choice *choices_note(struct choices *c, const char *path)
{
	struct choice *k = choices_get(c, path);

	if (k)
		return k;
	k = calloc(1, sizeof(*k));
	if (k)
		k->path = strdup(path);
	if (!k || !k->path) {
		choice_free(k);
		c->oom = 1;
		return NULL;
	}
	if (choices_put(c, k)) {
		c->oom = 1;
		return NULL;
	}
	return k;
}

/* ========== Steps ========== */

void choices_step(struct choices *c)
{
	c->step++;
}

static int remember(struct choices *c, const char *path)
{
	const struct choice *k = choices_get(c, path);
	struct choice_undo *u = c->undo;

	if (c->n_undo == c->cap_undo)
		u = realloc(c->undo, (2 * c->cap_undo + 16) * sizeof(*u));
	if (!u)
		return -ENOMEM;
	if (c->n_undo == c->cap_undo)
		c->cap_undo = 2 * c->cap_undo + 16;
	c->undo = u;
	u += c->n_undo;
	u->step = c->step;
	u->path = strdup(path);
	u->was = k ? copy_choice(k) : NULL;
	if (!u->path || (k && !u->was)) {
		free(u->path);
		choice_free(u->was);
		return -ENOMEM;
	}
	c->n_undo++;
	return 0;
}

struct choice *choices_edit(struct choices *c, const char *path)
{
	if (remember(c, path)) {
		c->oom = 1;
		return NULL;
	}
	c->dirty = 1;
	return choices_note(c, path);
}

void choices_set(struct choices *c, const char *path, enum choice_state state)
{
	struct choice *k = choices_get(c, path);

	if ((k ? k->state : CHOICE_NONE) == state && !(k && k->marks))
		return;
	k = choices_edit(c, path);
	if (!k)
		return;
	choice_reset(k);
	k->state = state;
	k->seal[0] = '\0';
}

int choices_undo(struct choices *c, const char **path)
{
	size_t step;

	if (!c->n_undo)
		return 0;
	step = c->undo[c->n_undo - 1].step;
	while (c->n_undo && c->undo[c->n_undo - 1].step == step) {
		struct choice_undo *u = &c->undo[--c->n_undo];

		take_out(c, u->path);
		if (u->was && choices_put(c, u->was))
			c->oom = 1;
		else if (!u->was && !choices_note(c, u->path))
			c->oom = 1;
		*path = choices_get(c, u->path) ?
			choices_get(c, u->path)->path : "";
		free(u->path);
	}
	c->dirty = 1;
	return 1;
}

void choices_release(struct choices *c)
{
	for (size_t i = 0; i < c->n; i++)
		choice_free(c->at[i]);
	for (size_t i = 0; i < c->n_undo; i++) {
		free(c->undo[i].path);
		choice_free(c->undo[i].was);
	}
	free(c->at);
	free(c->undo);
	*c = (struct choices)CHOICES_INIT;
}
