/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/review/review.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "cli/commits.h"
#include "cli/review/keys.h"
#include "session/session.h"
#include "util/io.h"

#define JUDGE_MS 15		/* at a time, between two keys */
#define SAVE_MS 3000		/* of doing nothing, and the choices are saved */

void review_say(struct review *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->message, sizeof(v->message), fmt, ap);
	va_end(ap);
}

void review_refresh(struct review *v)
{
	const struct delta_list *list = &v->c->list;
	size_t k = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct choices *all = &v->choices;

		while (k < all->n && strcmp(all->at[k]->path,
					    list->at[i].path) < 0)
			k++;
		v->state[i] = k < all->n && !strcmp(all->at[k]->path,
			      list->at[i].path) ? (char)all->at[k]->state :
			      CHOICE_NONE;
	}
}

/* ========== The change that is shown ========== */

/* What a guess or git says of the shown change. */
static void add_notes(const struct review *v, const char **notes, char *like,
		      size_t size)
{
	const struct changes *c = v->c;
	size_t i = v->shown, n = 0;

	if (c->similar && c->similar[i].other != SIMILAR_NONE) {
		snprintf(like, size, "%d %% like %s, which was %s",
			 c->similar[i].score,
			 c->list.at[c->similar[i].other].path,
			 c->list.at[i].kind == DELTA_ADD ? "deleted" : "added");
		notes[n++] = like;
	}
	if (c->ignored && c->ignored[i])
		notes[n++] = "git ignores this file";
}

void review_layout(struct review *v)
{
	struct lines_more more = { .like = v->is_like ? &v->like : NULL };
	const struct delta *d;
	struct box list, diff;
	char like[512];

	if (v->shown == ROW_NONE)
		return;
	d = &v->c->list.at[v->shown];
	paint_boxes(v, &list, &diff);
	v->laid_wide = v->wide && diff.cols >= 100;
	add_notes(v, more.notes, like, sizeof(like));
	if (lines_make(&v->lines, d, &v->c->risk[v->shown], &more, &v->choose,
		       choices_get(&v->choices, d->path),
		       v->laid_wide ? LINES_WIDE : 0))
		review_say(v, "out of memory");
	if (v->diff.cursor >= v->lines.n)
		v->diff.cursor = v->lines.n ? v->lines.n - 1 : 0;
}

static void drop_like(struct review *v)
{
	if (!v->is_like)
		return;
	hunks_release(&v->like);
	diff_pair_release(&v->like_pair);
	v->is_like = 0;
}

/* A new file that is a changed one of another name: what changed. */
static void load_like(struct review *v, size_t i)
{
	const struct changes *c = v->c;
	const struct similar *s = c->similar ? &c->similar[i] : NULL;
	struct diff_pair *p = &v->like_pair;

	if (!s || s->other == SIMILAR_NONE || c->list.at[i].kind != DELTA_ADD ||
	    diff_load_similar(&c->source, &c->list.at[i],
			      &c->list.at[s->other], s->score, DIFF_SHOW_MAX, p))
		return;
	v->is_like = !p->old.state && !p->new.state &&
		     !hunks_make(&v->like, p->old.text.ptr, p->old.text.len,
				 p->new.text.ptr, p->new.text.len,
				 CHOOSE_CONTEXT, 0);
	if (!v->is_like)
		diff_pair_release(p);
}

static void show_none(struct review *v)
{
	drop_like(v);
	choose_close(&v->choose);
	lines_release(&v->lines);
	v->shown = ROW_NONE;
	v->diff = (struct view){ 0, 0 };
}

/* What was chosen another day is looked at again before it counts. */
static void check_choice(struct review *v, size_t i)
{
	const struct delta *d = &v->c->list.at[i];
	struct choice *k = v->checked[i] ? NULL :
			   choices_get(&v->choices, d->path);
	/* One without a seal was made just now. */
	int r = k && *k->seal ? choice_check(k, &v->c->source, d) : 0;

	v->checked[i] = 1;
	v->reopened += r > 0;
	if (k)
		v->state[i] = (char)k->state;
}

static void show_delta(struct review *v, size_t i)
{
	const struct delta *d = &v->c->list.at[i];
	const struct choice *k = choices_get(&v->choices, d->path);
	int was = rows_is_danger(v->c, i);
	struct choice *seen;

	show_none(v);
	check_choice(v, i);
	if (changes_judge(v->c, i) ||
	    choose_open(&v->choose, &v->c->source, d, k)) {
		review_say(v, "out of memory");
		return;
	}
	v->new_dangers += rows_is_danger(v->c, i) != was;
	load_like(v, i);
	v->shown = i;
	v->sideways = 0;
	seen = choices_note(&v->choices, d->path);
	if (seen)
		seen->seen = 1;
	review_layout(v);
	/* The first change is what one wants to see. */
	for (size_t n = 0; n < v->lines.n && !(v->is_like && v->like.n); n++)
		if (v->lines.at[n].kind == LINE_HUNK) {
			v->diff.cursor = n;
			break;
		}
}

void review_show(struct review *v)
{
	size_t want = v->list.cursor < v->rows.n ?
		      v->rows.at[v->list.cursor].delta : ROW_NONE;

	if (want == v->shown)
		return;
	if (want == ROW_NONE)
		show_none(v);
	else
		show_delta(v, want);
}

/* ========== Looking for dangers ========== */

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The cursor stays on what it was on. */
static void make_rows(struct review *v)
{
	size_t at = ROW_NONE;

	if (v->list.cursor < v->rows.n)
		at = v->rows.at[v->list.cursor].is_dir ?
		     v->rows.at[v->list.cursor].from :
		     v->rows.at[v->list.cursor].delta;
	changes_sort(v->c);
	if (rows_make(&v->rows, v->c))
		review_say(v, "out of memory");
	if (at != ROW_NONE && v->list.cursor)
		v->list.cursor = rows_find(&v->rows, at);
}

static void judge_some(struct review *v, long ms)
{
	const struct delta_list *list = &v->c->list;
	long until = now_ms() + ms;

	for (; v->judged < list->n; v->judged++) {
		int was = rows_is_danger(v->c, v->judged);

		if (ms >= 0 && now_ms() > until)
			break;
		check_choice(v, v->judged);
		if (changes_judge(v->c, v->judged))
			continue;
		v->new_dangers += rows_is_danger(v->c, v->judged) != was;
	}
	if (v->judged < list->n)
		return;
	if (v->reopened)
		review_say(v, "%d of your choices are open again: the agent has"
			   " changed what you chose", v->reopened);
	v->reopened = 0;
	if (!v->new_dangers)
		return;
	if (!*v->message)
		review_say(v, "%d dangerous change%s found in what was written;"
			   " see the top of the list", v->new_dangers,
			   v->new_dangers == 1 ? " was" : "s were");
	v->new_dangers = 0;
	make_rows(v);
	review_show(v);
}

/* ========== Beginning and end ========== */

/* Choices of what is no change any more; from now on each is of a delta. */
static void forget_gone(struct review *v)
{
	const struct delta_list *list = &v->c->list;
	size_t i = 0;

	for (size_t k = 0; k < v->choices.n; k++) {
		struct choice *c = v->choices.at[k];

		while (i < list->n && strcmp(list->at[i].path, c->path) < 0)
			i++;
		if (i >= list->n || strcmp(list->at[i].path, c->path))
			choice_check(c, &v->c->source, NULL);
	}
}

static void begin_message(struct review *v)
{
	size_t n = changes_attempts(v->c);

	if (n)
		review_say(v, "the agent asked %zu time%s for what is kept"
			   " from it: scrim log --attempts", n,
			   n == 1 ? "" : "s");
	else if (v->c->live.session)
		review_say(v, "the session is mounted: this is how it was when"
			   " the review began");
}

/* Those are read only now, since that takes a process and a copy. */
static void count_commits(struct review *v)
{
	struct err err = ERR_INIT;
	struct commits m;

	if (commits_read(v->c, &m, &err))
		review_say(v, "%s", err.msg);
	v->commits = m.h.n;
	commits_release(&m);
	if (v->commits && !*v->message)
		review_say(v, "the agent made %zu commit%s: q, then g, makes"
			   " them of what is taken", v->commits,
			   v->commits == 1 ? "" : "s");
}

/* One review of a session at a time, for each saves all choices. */
static int hold_review(struct review *v, struct err *err)
{
	v->lock = openat(v->c->use.session->fd, "reviewing", O_RDWR | O_CREAT |
			 O_NOFOLLOW | O_CLOEXEC, 0600);
	if (v->lock < 0)
		return err_errno(err, -errno, "the session's directory");
	if (flock(v->lock, LOCK_EX | LOCK_NB))
		return err_set(err, -EBUSY, "another review of the session is"
			       " open; end that one first");
	return 0;
}

int review_begin(struct review *v, struct err *err)
{
	int r;

	v->shown = ROW_NONE;
	v->state = calloc(v->c->list.n + 1, 1);
	v->checked = calloc(v->c->list.n + 1, 1);
	if (!v->state || !v->checked)
		return err_set(err, -ENOMEM, "out of memory");
	r = choices_load(&v->choices, v->c->use.session->fd, err);
	if (r)
		return r;
	r = hold_review(v, err);
	if (r)
		return r;
	forget_gone(v);
	begin_message(v);
	review_refresh(v);
	r = rows_make(&v->rows, v->c);
	return r ? err_set(err, r, "out of memory") : 0;
}

void review_release(struct review *v)
{
	screen_close(v->screen);
	v->screen = NULL;
	show_none(v);
	rows_release(&v->rows);
	choices_release(&v->choices);
	free(v->state);
	free(v->checked);
	io_close(&v->lock);
	v->state = v->checked = NULL;
}

void review_check_all(struct review *v)
{
	for (size_t i = 0; i < v->c->list.n; i++)
		check_choice(v, i);
}

void review_judge_all(struct review *v)
{
	judge_some(v, -1);
}

int review_save(struct review *v, struct err *err)
{
	int r;

	review_check_all(v);
	r = choices_seal(&v->choices, &v->c->source, &v->c->list, err);

	return r ? r : choices_save(&v->choices, v->c->use.session->fd, err);
}

/* ========== The loop ========== */

static void act(struct review *v, int key)
{
	key_fn fn;

	if (key == SKEY_RESIZE) {
		review_layout(v);
		return;
	}
	*v->message = '\0';
	fn = key_find(v, key);
	if (fn)
		fn(v);
	else
		review_say(v, "this key does nothing; ? lists those that do");
	review_show(v);
}

/* A key, with work done meanwhile; SKEY_NONE where the screen is to be painted. */
static int next_key(struct review *v, struct err *err)
{
	int busy = v->judged < v->c->list.n, key;

	key = screen_key(v->screen, busy ? 0 : v->choices.dirty ? SAVE_MS : -1);
	if (key != SKEY_NONE)
		return key;
	if (busy)
		judge_some(v, JUDGE_MS);
	else if (v->choices.dirty && review_save(v, err))
		review_say(v, "%s", err->msg);
	return SKEY_NONE;
}

int review_loop(struct review *v, struct err *err)
{
	int key;

	/* The list is there at once, before what takes time. */
	paint(v);
	if (changes_let_go(v->c, err))
		return err->code;
	count_commits(v);
	if (changes_look(v->c))
		return err_set(err, -ENOMEM, "out of memory");
	make_rows(v);
	/* Keys of a script must not depend on how fast the machine is. */
	if (v->script)
		judge_some(v, -1);
	review_show(v);
	paint(v);
	while (!v->end) {
		key = next_key(v, err);
		if (key == SKEY_END)
			v->end = END_KEEP;
		else if (key != SKEY_NONE)
			act(v, key);
		paint(v);
	}
	return 0;
}
