/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cli/review/keys.h"
#include "cli/review/review.h"
#include "session/session.h"
#include "util/esc.h"

void finish_count(const struct review *v, size_t n[4])
{
	memset(n, 0, 4 * sizeof(*n));
	for (size_t i = 0; i < v->c->list.n; i++)
		if (!v->c->consumed[i])
			n[(int)v->state[i]]++;
}

void finish_keep(struct review *v)
{
	v->end = END_KEEP;
}

/* ========== The question ========== */

static const struct way {
	int key;
	enum review_end end;
	int needs_taken;
	const char *name, *what;
	const char *ask;	/* for v->answer; NULL: nothing to ask */
	const char *offer;
} ways[] = {
	{ 'a', END_APPLY, 1, "a", "apply what is taken to the workspace",
	  NULL, NULL },
	{ 'p', END_PATCH, 1, "p", "write what is taken to a patch",
	  "patch file: ", "review.patch" },
	{ 'c', END_COMMIT, 1, "c", "commit it to the current branch",
	  "message: ", "Changes made by an agent" },
	{ 'g', END_COMMITS, 1, "g",
	  "commit it as the agent did: authors and messages kept", NULL, NULL },
	{ 'b', END_BRANCH, 1, "b", "commit it to a new branch",
	  "new branch: ", "agent/" },
	{ 't', END_TEXT, 0, "t",
	  "write comments and refused hunks as a text for the agent",
	  "text file: ", "review.md" },
	{ 'k', END_KEEP, 0, "k", "keep all for later and leave", NULL, NULL },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static int is_offered(const struct review *v, const struct way *w)
{
	return w->end != END_COMMITS || v->commits;
}

static size_t count_unseen(const struct review *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->c->list.n; i++) {
		const struct choice *k;

		if (v->c->consumed[i] || v->state[i] != CHOICE_TAKE)
			continue;
		k = choices_get(&v->choices, v->c->list.at[i].path);
		n += k && !k->seen && !changes_is_dir(&v->c->list.at[i]);
	}
	return n;
}

static void paint_question(struct review *v)
{
	size_t n[4], unseen = count_unseen(v);
	char text[160];
	int lines, cols, y = 2;

	finish_count(v, n);
	screen_size(v->screen, &lines, &cols);
	screen_clear(v->screen);
	screen_fill(v->screen, 0, 0, cols, STYLE_BAR);
	screen_puts(v->screen, 0, 0, cols, STYLE_BAR, " the review ends");
	snprintf(text, sizeof(text), "%zu taken, %zu in part, %zu left, %zu"
		 " open", n[CHOICE_TAKE], n[CHOICE_PART], n[CHOICE_LEAVE],
		 n[CHOICE_NONE]);
	screen_puts(v->screen, y++, 2, cols - 2, STYLE_BOLD, text);
	if (unseen) {
		snprintf(text, sizeof(text), "%zu of those taken %s not looked"
			 " at", unseen, unseen == 1 ? "was" : "were");
		screen_puts(v->screen, y++, 2, cols - 2, STYLE_ASK, text);
	}
	y++;
	for (size_t i = 0; i < WAYS; i++, y++) {
		if (!is_offered(v, &ways[i])) {
			y--;
			continue;
		}
		screen_puts(v->screen, y, 2, 4, STYLE_BOLD, ways[i].name);
		screen_puts(v->screen, y, 6, cols - 6, STYLE_PLAIN,
			    ways[i].what);
	}
	screen_puts(v->screen, y, 2, 4, STYLE_BOLD, "Esc");
	screen_puts(v->screen, y, 6, cols - 6, STYLE_PLAIN, "back");
	screen_puts(v->screen, lines - 1, 0, cols, STYLE_BOLD, v->message);
	screen_show(v->screen);
}

static int has_taken(const struct review *v)
{
	size_t n[4];

	finish_count(v, n);
	return n[CHOICE_TAKE] + n[CHOICE_PART] != 0;
}

/* 1 where the way was chosen and all is known that it needs. */
static int go(struct review *v, const struct way *w)
{
	if (w->needs_taken && !has_taken(v)) {
		review_say(v, "nothing is taken yet");
		return 0;
	}
	if (w->ask) {
		snprintf(v->answer, sizeof(v->answer), "%s", w->offer);
		if (!prompt_line(v, w->ask, v->answer, sizeof(v->answer)) ||
		    !*v->answer)
			return 0;
	}
	v->end = w->end;
	return 1;
}

void finish_ask(struct review *v)
{
	review_judge_all(v);
	for (;;) {
		int key;

		paint_question(v);
		key = screen_key(v->screen, -1);
		*v->message = '\0';
		if (key == SKEY_END)
			v->end = END_KEEP;
		if (key == SKEY_ESC || key == 'q' || key == SKEY_END)
			return;
		for (size_t i = 0; i < WAYS; i++)
			if (ways[i].key == key && is_offered(v, &ways[i]) &&
			    go(v, &ways[i]))
				return;
	}
}

/* ========== A text for the agent ========== */

static void put(FILE *f, const char *text, size_t len)
{
	struct buf b = BUF_INIT;

	esc_add(&b, text, len, ESC_TEXT);
	fwrite(b.ptr, 1, b.len, f);
	buf_release(&b);
}

static void put_line(FILE *f, const struct diff_line *t)
{
	putc(t->origin, f);
	put(f, t->text, t->len);
	if (!t->len || t->text[t->len - 1] != '\n')
		putc('\n', f);
}

static int is_refused(const struct choose *c, size_t hunk)
{
	const struct diff_hunk *h = &c->hunks.at[hunk];

	for (size_t i = h->first; i < h->first + h->n; i++)
		if (c->marks[i] == CHOOSE_LEAVE)
			return 1;
	return 0;
}

/* Of a hunk the lines that were refused, with those around them. */
static void put_hunk(FILE *f, const struct choose *c, size_t hunk)
{
	const struct diff_hunk *h = &c->hunks.at[hunk];

	fprintf(f, "\nNot taken, at line %u:\n\n```diff\n", h->new_start);
	for (size_t i = h->first; i < h->first + h->n; i++)
		if (c->marks[i] == CHOOSE_LEAVE || c->marks[i] == ' ')
			put_line(f, &c->hunks.lines[i]);
	fputs("```\n", f);
}

static void put_comment(FILE *f, const struct choose *c,
			const struct choice_comment *m)
{
	fputs("\n", f);
	for (size_t i = 0; m->line && i < c->hunks.n_lines; i++) {
		const struct diff_line *t = &c->hunks.lines[i];
		unsigned no = t->origin == '-' ? t->old_no : t->new_no;

		if (no != m->line || (t->origin == '-') != (m->side == '-'))
			continue;
		fprintf(f, "Line %u%s:\n\n```diff\n", m->line, m->side == '-' ?
			" of the old text" : "");
		put_line(f, t);
		fputs("```\n\n", f);
		break;
	}
	put(f, m->text, strlen(m->text));
	fputs("\n", f);
}

/* What is taken in part may leave the rest open, and then there is no word of it. */
static int says_anything(const struct choose *c, const struct choice *k)
{
	int says = k->n_comments || k->state == CHOICE_LEAVE;

	for (size_t i = 0; k->state == CHOICE_PART && i < c->hunks.n; i++)
		says |= is_refused(c, i);
	return says;
}

static int text_of(struct review *v, const struct delta *d,
		   const struct choice *k, FILE *f)
{
	struct choose c;
	int r = choose_open(&c, &v->c->source, d, k);

	if (r)
		return r;
	if (!says_anything(&c, k)) {
		choose_close(&c);
		return 0;
	}
	fputs("\n## ", f);
	esc_puts(f, d->path);
	fputs("\n", f);
	if (k->state == CHOICE_LEAVE)
		fputs("\nNot taken as a whole.\n", f);
	for (size_t i = 0; i < k->n_comments; i++)
		put_comment(f, &c, &k->comments[i]);
	for (size_t i = 0; k->state == CHOICE_PART && i < c.hunks.n; i++)
		if (is_refused(&c, i))
			put_hunk(f, &c, i);
	choose_close(&c);
	return 0;
}

int finish_text(struct review *v, FILE *f)
{
	int r = 0;

	fputs("# Review of your changes\n", f);
	for (size_t i = 0; !r && i < v->c->list.n; i++) {
		const struct delta *d = &v->c->list.at[i];
		const struct choice *k = choices_get(&v->choices, d->path);

		if (k && (k->n_comments || k->state == CHOICE_LEAVE ||
			  k->state == CHOICE_PART))
			r = text_of(v, d, k, f);
	}
	return r;
}
