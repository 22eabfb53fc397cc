/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/hunks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/edit.h"
#include "cli/out.h"
#include "util/esc.h"

/* One change that is asked about. */
struct asker {
	struct changes *c;
	const struct hunks_opts *o;
	struct choose *view;
	struct hunks_reply *reply;
	size_t at;		/* the hunk; view->hunks.n: the change is done */
	int stopped;		/* the input has ended */
};

static void take(struct asker *a)
{
	choose_mark(a->view, a->at++, CHOOSE_TAKE);
}

static void leave(struct asker *a)
{
	choose_mark(a->view, a->at++, CHOOSE_LEAVE);
}

static void take_rest(struct asker *a)
{
	while (a->at < a->view->hunks.n)
		take(a);
}

static void leave_rest(struct asker *a)
{
	while (a->at < a->view->hunks.n)
		leave(a);
}

static void quit(struct asker *a)
{
	a->reply->quit = 1;
	a->at = a->view->hunks.n;
}

static void next(struct asker *a)
{
	a->at++;
}

static void back(struct asker *a)
{
	if (a->at)
		a->at--;
	else
		out_note("this is the first hunk");
}

static void split(struct asker *a)
{
	size_t parts = 1;

	if (choose_split(a->view, a->at, &parts))
		out_warn("out of memory");
	else if (parts == 1)
		out_note("this hunk cannot be split: all its changes stand"
			 " together");
	else
		out_note("split into %zu hunks", parts);
}

static void edit(struct asker *a)
{
	struct err err = ERR_INIT;

	if (!a->o->may_edit)
		out_note("what is dropped cannot be edited");
	else if (edit_hunk(a->c, a->view, a->at, &err))
		out_err(&err);
	else
		a->at++;
}

static void help(struct asker *a);

static const struct {
	char key;
	void (*fn)(struct asker *a);
	const char *what;
} keys[] = {
	{ 'y', take, "take this hunk" },
	{ 'n', leave, "leave this hunk" },
	{ 'q', quit, "leave this hunk and all that follow, in other files too" },
	{ 'a', take_rest, "take this hunk and all later ones in the file" },
	{ 'd', leave_rest, "leave this hunk and all later ones in the file" },
	{ 's', split, "split the hunk into smaller ones" },
	{ 'e', edit, "edit the hunk in $EDITOR and take what comes of it" },
	{ 'j', next, "leave it open, go to the next hunk (open means left)" },
	{ 'k', back, "go back to the hunk before" },
	{ '?', help, "list the keys" },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static void help(struct asker *a)
{
	for (size_t i = 0; i < KEYS; i++)
		fprintf(stderr, "%c - %s\n", keys[i].key, keys[i].what);
}

/* ========== What is shown ========== */

static void show_head(const struct changes *c, size_t i)
{
	const struct delta *d = &c->list.at[i];
	const struct risk *k = &c->risk[i];

	printf("%s%c  ", out_style(OUT_BOLD), d->kind);
	if (d->kind == DELTA_RENAME) {
		esc_puts(stdout, d->origin);
		fputs(" -> ", stdout);
	}
	esc_puts(stdout, d->path);
	printf("%s%s\n", changes_is_dir(d) ? "/" : "", out_style(OUT_PLAIN));
	for (size_t n = 0; n < k->n; n++) {
		printf("   %s%s%s: ", out_style(OUT_YELLOW),
		       risk_classes[k->at[n].class].name,
		       out_style(OUT_PLAIN));
		esc_puts(stdout, k->at[n].why);
		putchar('\n');
	}
}

static void show_hunk(const struct asker *a)
{
	struct diff_style style = {
		out_style(OUT_PLAIN), out_style(OUT_BOLD), out_style(OUT_CYAN),
		out_style(OUT_RED), out_style(OUT_GREEN),
	};
	struct diff_opts o = { CHOOSE_CONTEXT, DIFF_ESCAPE, &style };
	struct buf text = BUF_INIT;

	if (diff_hunk(&a->view->hunks, a->at, &o, &text))
		out_warn("out of memory");
	fwrite(text.ptr, 1, text.len, stdout);
	fflush(stdout);
	buf_release(&text);
}

/* The first letter of the answer; 0 at the end of the input. */
static int answer(void)
{
	char line[64];

	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin))
		return 0;
	while (!strchr(line, '\n')) {
		char rest[64];

		if (!fgets(rest, sizeof(rest), stdin) || strchr(rest, '\n'))
			break;
	}
	return line[0] && line[1] == '\n' ? line[0] : '\n';
}

/* ========== Asking ========== */

static void ask_hunk(struct asker *a)
{
	int key;

	show_hunk(a);
	fprintf(stderr, "(%zu/%zu) %s this hunk [y,n,q,a,d,s,%sj,k,?]? ",
		a->at + 1, a->view->hunks.n, a->o->verb,
		a->o->may_edit ? "e," : "");
	key = answer();
	a->stopped = !key;
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].key == key) {
			keys[i].fn(a);
			return;
		}
	if (!a->stopped)
		help(a);
}

static void ask_whole(struct asker *a, const struct delta *d)
{
	fprintf(stderr, "%s %s [y,n,q]? ", a->o->verb,
		d->kind == DELTA_DELETE ? "this removal" :
		"this change as a whole");
	switch (answer()) {
	case 'y':
		a->reply->whole = 1;
		break;
	case 'q':
		a->reply->quit = 1;
		break;
	case 0:
		a->stopped = 1;
	}
}

int hunks_ask(struct changes *c, size_t i, const struct hunks_opts *o,
	      struct choose *view, struct hunks_reply *out, struct err *err)
{
	struct asker a = { c, o, view, out, 0, 0 };

	show_head(c, i);
	fflush(stdout);
	if (!view->hunks.n || view->whole)
		ask_whole(&a, &c->list.at[i]);
	else
		while (a.at < view->hunks.n && !a.stopped)
			ask_hunk(&a);
	return a.stopped ? err_set(err, -ECANCELED, "the answers ended before"
				   " the questions") : 0;
}
