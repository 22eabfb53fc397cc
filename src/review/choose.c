/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/choose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"

#define CHUNK 65536

/* ========== Marks ========== */

static int is_change(const struct choose *c, size_t line)
{
	return c->hunks.lines[line].origin != ' ';
}

static void mark_one(struct choose *c, size_t line, enum choose_mark mark)
{
	if (!is_change(c, line))
		return;
	c->marks[line] = (char)mark;
	c->hunks.lines[line].chosen = mark == CHOOSE_TAKE;
}

void choose_mark_line(struct choose *c, size_t line, enum choose_mark mark)
{
	if (!c->whole) {
		mark_one(c, line, mark);
		return;
	}
	for (size_t i = 0; i < c->hunks.n_lines; i++)
		mark_one(c, i, mark);
}

void choose_mark(struct choose *c, size_t hunk, enum choose_mark mark)
{
	const struct diff_hunk *h = &c->hunks.at[hunk];

	for (size_t i = 0; i < h->n; i++)
		choose_mark_line(c, h->first + i, mark);
}

int choose_marked(const struct choose *c, size_t hunk)
{
	const struct diff_hunk *h = &c->hunks.at[hunk];
	int mark = -1;

	for (size_t i = h->first; i < h->first + h->n; i++) {
		if (!is_change(c, i))
			continue;
		if (mark >= 0 && c->marks[i] != mark)
			return 0;
		mark = c->marks[i];
	}
	return mark < 0 ? CHOOSE_OPEN : mark;
}

static int add_op(struct choose *c, size_t hunk, const char *text, size_t len)
{
	struct choice_op *ops = realloc(c->ops, (c->n_ops + 1) * sizeof(*ops));
	char *copy = text ? strndup(text, len) : NULL;

	if (ops)
		c->ops = ops;
	if (!ops || (text && !copy)) {
		free(copy);
		return -ENOMEM;
	}
	c->ops[c->n_ops++] = (struct choice_op){ hunk, copy };
	return 0;
}

int choose_split(struct choose *c, size_t hunk, size_t *parts)
{
	int r = 0;

	*parts = 1;
	if (!c->whole)
		r = hunk_split(&c->hunks, hunk, parts);
	return r || *parts == 1 ? r : add_op(c, hunk, NULL, 0);
}

int choose_edit(struct choose *c, size_t hunk, const char *text, size_t len,
		struct err *err)
{
	size_t first = c->hunks.at[hunk].first, was = c->hunks.at[hunk].n;
	size_t tail = c->hunks.n_lines - first - was, is;
	char *marks;
	int r;

	if (c->whole)
		return err_set(err, -EINVAL, "a removal has nothing to edit");
	if (memchr(text, '\0', len))
		return err_set(err, -EINVAL, "a NUL cannot be edited in");
	r = hunk_edit(&c->hunks, hunk, text, len, err);
	if (r)
		return r;
	is = c->hunks.at[hunk].n;
	marks = malloc(first + is + tail + 1);
	if (!marks || add_op(c, hunk, text, len)) {
		free(marks);
		return err_set(err, -ENOMEM, "out of memory");
	}
	memcpy(marks, c->marks, first);
	memset(marks + first, ' ', is);
	memcpy(marks + first + is, c->marks + first + was, tail);
	marks[first + is + tail] = '\0';
	free(c->marks);
	c->marks = marks;
	choose_mark(c, hunk, CHOOSE_TAKE);
	return 0;
}

int choose_text(const struct choose *c, struct buf *out)
{
	return hunks_build(&c->hunks, out);
}

/* ========== Opening ========== */

static int make_hunks(struct choose *c)
{
	const struct diff_pair *p = &c->pair;
	int r;

	/* A type other than a file's is taken or left as a whole. */
	c->whole = !p->new.mode;
	if ((p->new.mode && !S_ISREG(p->new.mode)) || p->new.state ||
	    p->old.state || (p->old.mode && !S_ISREG(p->old.mode)))
		return 0;
	r = hunks_make(&c->hunks, p->old.text.ptr, p->old.text.len,
		       p->new.text.ptr, p->new.text.len, CHOOSE_CONTEXT, 0);
	return r == -EIO ? 0 : r;
}

static int fresh_marks(struct choose *c)
{
	free(c->marks);
	c->marks = malloc(c->hunks.n_lines + 1);
	if (!c->marks)
		return -ENOMEM;
	for (size_t i = 0; i < c->hunks.n_lines; i++)
		c->marks[i] = is_change(c, i) ? CHOOSE_OPEN : ' ';
	c->marks[c->hunks.n_lines] = '\0';
	return 0;
}

static void drop_ops(struct choose *c)
{
	for (size_t i = 0; i < c->n_ops; i++)
		free(c->ops[i].text);
	free(c->ops);
	c->ops = NULL;
	c->n_ops = 0;
}

/* 1 where the cuts were possible and the marks are of these lines. */
static int redo(struct choose *c, const struct choice *k)
{
	size_t parts, n = 0;

	for (size_t i = 0; i < k->n_ops; i++) {
		const struct choice_op *op = &k->ops[i];

		if (op->hunk >= c->hunks.n)
			return 0;
		if (op->text ? choose_edit(c, op->hunk, op->text,
					   strlen(op->text), NULL) :
			       choose_split(c, op->hunk, &parts))
			return 0;
	}
	for (size_t i = 0; i < c->hunks.n_lines; i++) {
		if (!is_change(c, i))
			continue;
		if (!k->marks[n] || !strchr("?10", k->marks[n]))
			return 0;
		choose_mark_line(c, i, (enum choose_mark)k->marks[n++]);
	}
	return !k->marks[n];
}

static int digest_text(const struct buf *text, char out[DIGEST_HEX])
{
	uint8_t sum[DIGEST_LEN];
	struct digest *d;

	if (digest_new(&d, NULL, 0))
		return -ENOMEM;
	digest_add(d, text->ptr, text->len);
	digest_end(d, sum);
	digest_free(d);
	digest_hex(sum, out);
	return 0;
}

static int result_of(const struct choose *c, char out[DIGEST_HEX])
{
	struct buf text = BUF_INIT;
	int r = choose_text(c, &text);

	if (!r)
		r = digest_text(&text, out);
	buf_release(&text);
	return r;
}

static int restore(struct choose *c, const struct choice *k)
{
	char result[DIGEST_HEX] = "";
	int r;

	if (k->marks && redo(c, k)) {
		r = result_of(c, result);
		if (r || !strcmp(result, k->result))
			return r;
	}
	if (k->marks) {
		drop_ops(c);
		hunks_release(&c->hunks);
		c->lost = 1;
		r = make_hunks(c);
		return r ? r : fresh_marks(c);
	}
	for (size_t i = 0; i < c->hunks.n; i++)
		choose_mark(c, i, k->state == CHOICE_TAKE ? CHOOSE_TAKE :
			    k->state == CHOICE_LEAVE ? CHOOSE_LEAVE :
			    CHOOSE_OPEN);
	return 0;
}

int choose_open(struct choose *out, const struct source *s,
		const struct delta *d, const struct choice *have)
{
	struct choose c = { .marks = NULL };
	int r = diff_load(s, d, DIFF_SHOW_MAX, &c.pair);

	if (r)
		return r;
	r = make_hunks(&c);
	if (!r)
		r = fresh_marks(&c);
	if (!r && have)
		r = restore(&c, have);
	if (r)
		choose_close(&c);
	else
		*out = c;
	return r;
}

void choose_close(struct choose *c)
{
	drop_ops(c);
	free(c->marks);
	hunks_release(&c->hunks);
	diff_pair_release(&c->pair);
	memset(c, 0, sizeof(*c));
}

/* ========== Into the choice ========== */

static int is_edited(const struct choose *c)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (c->ops[i].text)
			return 1;
	return 0;
}

static enum choice_state state_of(const struct choose *c)
{
	size_t n[3] = { 0, 0, 0 };	/* open, taken, left */

	for (const char *p = c->marks; *p; p++)
		n[0] += *p == CHOOSE_OPEN, n[1] += *p == CHOOSE_TAKE,
		n[2] += *p == CHOOSE_LEAVE;
	if (is_edited(c) || !!n[0] + !!n[1] + !!n[2] > 1)
		return CHOICE_PART;
	return n[1] ? CHOICE_TAKE : n[2] ? CHOICE_LEAVE : CHOICE_NONE;
}

int choose_store(const struct choose *c, struct choice *to)
{
	enum choice_state state = state_of(c);
	int r = 0;

	choice_reset(to);
	to->state = state;
	to->seal[0] = '\0';
	if (state != CHOICE_PART && !c->n_ops)
		return 0;
	to->marks = calloc(1, strlen(c->marks) + 1);
	if (!to->marks)
		return -ENOMEM;
	for (size_t i = 0, n = 0; c->marks[i]; i++)
		if (is_change(c, i))
			to->marks[n++] = c->marks[i];
	for (size_t i = 0; !r && i < c->n_ops; i++)
		r = choice_add_op(to, c->ops[i].hunk, c->ops[i].text);
	return r ? r : result_of(c, to->result);
}
