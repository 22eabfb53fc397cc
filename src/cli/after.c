/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/after.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/group.h"
#include "cli/run_view.h"
#include "review/folding.h"
#include "review/risk.h"
#include "session/audit.h"
#include "session/session.h"
#include "session/shown.h"
#include "util/esc.h"
#include "util/quiet.h"

#define LINES_SHOWN 20
/* Replies that a terminal still owes to what the command printed. */
#define REPLY_WAIT_MS 100

static const struct {
	enum delta_kind kind;
	const char *word;
} kinds[] = {
	{ DELTA_ADD, "added" },
	{ DELTA_MODIFY, "modified" },
	{ DELTA_DELETE, "deleted" },
	{ DELTA_RENAME, "renamed" },
	{ DELTA_TYPE, "of another type" },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void print_counts(const struct changes *c)
{
	const char *sep = "";
	size_t i, k, n;

	for (k = 0; k < N_KINDS; k++) {
		for (n = 0, i = 0; i < c->list.n; i++)
			n += !c->consumed[i] &&
				c->list.at[i].kind == kinds[k].kind;
		if (n)
			fprintf(stderr, "%s%zu %s", sep, n, kinds[k].word);
		if (n)
			sep = ", ";
	}
	fputc('\n', stderr);
}

static void print_change(const struct changes *c, size_t i)
{
	const struct delta *d = &c->list.at[i];
	const struct risk *risk = &c->risk[i];

	fprintf(stderr, "  %c ", d->kind);
	if (d->kind == DELTA_RENAME && d->origin) {
		esc_puts(stderr, d->origin);
		fputs(" -> ", stderr);
	}
	esc_puts(stderr, d->path);
	if (changes_is_dir(d))
		fputc('/', stderr);
	for (size_t k = 0; k < risk->n; k++)
		fprintf(stderr, "%s%s", k ? ", " : "  [",
			risk_classes[risk->at[k].class].name);
	fputs(risk->n ? "]\n" : "\n", stderr);
}

/* One line for each .git with changes in it: they stand together. */
static void print_repositories(const struct changes *c)
{
	size_t at = 0, n = 0;

	for (size_t i = 0; i <= c->list.n; i++) {
		const char *path = i < c->list.n ? c->list.at[i].path : "";
		size_t len = fold_git(path);
		struct buf name = BUF_INIT;

		if (n && (len != fold_git(c->list.at[at].path) ||
			  strncmp(path, c->list.at[at].path, len + 1))) {
			esc_add(&name, c->list.at[at].path,
				fold_git(c->list.at[at].path), ESC_NAME);
			fprintf(stderr, "  * %s/  %zu inside of the repository"
				"  [git]\n", name.ptr, n);
			buf_release(&name);
			n = 0;
		}
		if (len && !n++)
			at = i;
	}
}

static void print_summary(const struct changes *c)
{
	const struct session *s = c->use.session;
	size_t i, shown = 0, more = 0;

	fprintf(stderr, "scrim: session %s of ", session_label(s));
	esc_puts(stderr, s->workspace);
	fputs(": ", stderr);
	if (!c->list.n) {
		fputs("nothing changed\n", stderr);
		return;
	}
	print_counts(c);
	print_repositories(c);
	for (i = 0; i < c->list.n; i++) {
		if (c->consumed[c->order[i]] ||
		    fold_git(c->list.at[c->order[i]].path))
			continue;
		if (shown++ < LINES_SHOWN)
			print_change(c, c->order[i]);
		else
			more++;
	}
	if (more)
		fprintf(stderr, "  and %zu more\n", more);
}

static void tell_next(const struct session *s)
{
	fprintf(stderr, "scrim: next: scrim review -s %s (or diff, apply, "
		"discard)\n", session_label(s));
}

int after_summary(int flags, size_t *n, struct err *err)
{
	struct changes c = CHANGES_INIT;
	int r = changes_open(&c, CHANGES_LIST, err);

	if (!r) {
		print_summary(&c);
		*n = c.list.n;
		if (*n && !(flags & AFTER_NO_HINT))
			tell_next(c.use.session);
	}
	changes_close(&c);
	return r;
}

/* ========== the question ========== */

/* What the terminal says by itself must not be taken for an answer. */
static void drop_typed_ahead(void)
{
	struct pollfd p = { STDIN_FILENO, POLLIN, 0 };

	tcdrain(STDERR_FILENO);
	do
		tcflush(STDIN_FILENO, TCIFLUSH);
	while (poll(&p, 1, REPLY_WAIT_MS) > 0 && !(p.revents & POLLHUP));
}

static int ask(char *answer)
{
	char line[64];

	fputs("[r]eview [a]pply [k]eep [d]iscard? ", stderr);
	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin))
		return -1;
	if (line[0] == '\n' || line[1] != '\n' || !strchr("rakd", line[0]))
		return 0;
	*answer = line[0];
	return 1;
}

static const struct {
	char letter;
	const char *command;
} answers[] = {
	{ 'r', "review" }, { 'a', "apply" }, { 'd', "discard" },
};

static int carry_out(const char *name)
{
	const struct command *c = command_find(name);
	char *none[] = { NULL };

	if (!c)
		return STATUS_FAILED;
	return group_command(c, 0, none);
}

static int ask_for(struct run_view *v, struct err *err)
{
	const char *name = session_label(v->begin.session);
	char answer = 'k';
	int r;

	drop_typed_ahead();
	do
		r = ask(&answer);
	while (!r);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].letter == answer) {
			r = carry_out(answers[i].command);
			return r ? err_set(err, -EIO, "session %s is kept: "
					   "scrim %s did not end well", name,
					   answers[i].command) : 0;
		}
	fprintf(stderr, "scrim: session %s is kept\n", name);
	return 0;
}

/* ========== nothing to keep ========== */

/* What a session has that nobody did anything in, not even in vain. */
static int is_bare_entry(const char *name)
{
	static const char *const names[] = {
		".", "..", AUDIT_FILE, "base", "ctl", "data", "git-bases",
		"git-objects", "lock", "log", "meta.ini", SHOWN_FILE,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return 1;
	return 0;
}

static int is_bare(const struct session *s)
{
	const struct dirent *e;
	struct stat st;
	int yes = 1;
	DIR *d;

	if (fstatat(s->fd, AUDIT_FILE, &st, AT_SYMLINK_NOFOLLOW) ||
	    st.st_size || quiet_opendir(s->fd, ".", &d))
		return 0;
	while (yes && (e = readdir(d)))
		yes = is_bare_entry(e->d_name);
	closedir(d);
	return yes;
}

/*
 * On a terminal alone: a script that goes on with "the newest session" must not
 * get an older one.
 */
static void drop_bare(struct run_view *v)
{
	struct begin *b = &v->begin;

	if (!b->is_new || b->opt.name || !is_bare(b->session))
		return;
	begin_undo(b);
	if (!b->is_new)
		fputs("scrim: nothing was refused either: the session is "
		      "removed\n", stderr);
}

static int may_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* One summary for each workspace; one hint and one question for all. */
int after_run(struct run_view *views, size_t n, int flags, struct err *err)
{
	int ask = may_ask() && !(flags & AFTER_GONE), r = 0;
	int hint = !ask && !(flags & AFTER_GONE);
	size_t i, part = 0, changes = 0;

	for (i = 0; i < n && !(flags & AFTER_QUIET) && !r; i++) {
		opt_common.session = views[i].begin.session->id;
		opt_common.state_dir = views[i].begin.opt.state_dir;
		r = after_summary(flags | AFTER_NO_HINT, &part, err);
		changes += r ? 0 : part;
	}
	if (!r && changes && n > 1)
		opt_common.session = session_label(views[0].begin.session);
	if (!r && changes && hint)
		tell_next(views[0].begin.session);
	if (!r && changes && ask)
		r = ask_for(&views[0], err);
	if (!r && !changes && ask && n == 1 && !(flags & AFTER_QUIET))
		drop_bare(&views[0]);
	if (flags & AFTER_GONE && !(flags & AFTER_QUIET))
		fputs("scrim: the session was ephemeral, and is gone\n", stderr);
	return r;
}
