/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/patch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/out.h"
#include "review/commit.h"
#include "review/diff.h"
#include "session/session.h"

struct writer {
	const struct changes *c;
	const struct pick *pick;
	const char *file;
	FILE *to;
	struct diff_opts opts;
	size_t crlf;		/* files with lines that end so */
};

static int open_file(struct writer *w, struct err *err)
{
	int fd;

	w->to = stdout;
	if (!strcmp(w->file, "-"))
		return 0;
	fd = open(w->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	w->to = fd < 0 ? NULL : fdopen(fd, "w");
	return w->to ? 0 : err_errno(err, -errno, "%s", w->file);
}

/*
 * The head of a mail as git format-patch has it. A message may not have lines
 * that end it; a name's odd characters are none that git would take.
 */
static void put_head(const struct writer *w, const char *message)
{
	char who[COMMIT_WHO_MAX], date[64];
	size_t first = strcspn(message, "\n");
	time_t now = time(NULL);
	struct tm tm;

	commit_who(w->c->use.session->workspace, who);
	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S %z", &tm);
	fprintf(w->to, "From %040d Mon Sep 17 00:00:00 2001\nFrom: %s\n"
		"Date: %s\nSubject: [PATCH] %.*s\n"
		"MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
		"Content-Transfer-Encoding: 8bit\n", 0, who, date, (int)first,
		message);
	message += first + strspn(message + first, "\n");
	if (*message)
		fprintf(w->to, "\n%s", message);
	fputs("\n---\n\n", w->to);
}

/* What was chosen is kept under a file's first name. */
static const struct delta *chosen_by(const struct plan *p,
				     const struct plan_item *it)
{
	const struct plan_item *first = plan_is_also(it) ?
		plan_find(p, it->d->link_to, strlen(it->d->link_to)) : NULL;

	return first ? first->d : it->d;
}

static int put_item(struct writer *w, const struct plan *plan,
		    const struct plan_item *it, struct err *err)
{
	struct buf text = BUF_INIT;
	struct diff_pair p;
	int r = diff_load(&w->c->source, it->d, DIFF_EXACT_MAX, &p);

	if (r)
		return err_errno(err, r, "%s", it->d->path);
	if (w->pick)
		r = pick_side(w->pick, chosen_by(plan, it), &p);
	if (!r)
		r = diff_patch(&p, &w->opts, &text);
	diff_pair_release(&p);
	fwrite(text.ptr, 1, text.len, w->to);
	w->crlf += !r && memmem(text.ptr, text.len, "\r\n", 2);
	buf_release(&text);
	return r ? err_errno(err, r, "%s: cannot be put into a patch",
			     it->d->path) : 0;
}

int patch_write(const struct changes *c, const struct plan *p,
		const struct pick *pick, const char *file, const char *message,
		struct err *err)
{
	struct writer w = { .c = c, .pick = pick, .file = file,
			    .opts = { .context = 3, .flags = DIFF_EXACT } };
	int tty, r = open_file(&w, err);

	if (r)
		return r;
	tty = w.to == stdout && isatty(STDOUT_FILENO);
	if (tty)
		w.opts.flags = 0;
	else
		put_head(&w, message ? message : "Changes made by an agent");
	for (size_t i = 0; !r && i < p->n; i++)
		if (p->at[i].selected && p->at[i].verdict != PLAN_LEFT &&
		    (!c->consumed[i] || plan_is_also(&p->at[i])))
			r = put_item(&w, p, &p->at[i], err);
	if (!tty)
		fputs("-- \nscrim\n\n", w.to);
	if (ferror(w.to) | (w.to == stdout ? 0 : fclose(w.to)))
		r = err_errno(err, -EIO, "%s", file);
	if (!r && !tty && w.crlf)
		out_note("%zu file%s with lines that end in CR LF: git am"
			 " needs --keep-cr for the patch", w.crlf,
			 w.crlf == 1 ? "" : "s");
	return r;
}
