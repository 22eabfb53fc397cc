/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/group.h"
#include "cli/diff_note.h"
#include "cli/diff_sum.h"
#include "cli/page.h"
#include "review/diff.h"
#include "review/folding.h"
#include "session/session.h"
#include "util/esc.h"
#include "util/io.h"
#include "util/json.h"

#define FOLD_LEAST 50

static int stat_only, name_status, name_only, nul, exact, words, text, all;
static int numbers;
static const char *output, *html;
static long context = 3;

static const struct opt options[] = {
	OPT_FLAG(0, "stat", &stat_only, "count lines per file"),
	OPT_FLAG(0, "name-status", &name_status, "print letters and names"),
	OPT_FLAG(0, "name-only", &name_only, "print names"),
	OPT_FLAG('z', "null", &nul, "end names with NUL and do not quote them"),
	OPT_FLAG('p', "patch", &exact, "all bytes as they are, for git apply"),
	OPT_STRING('o', "output", "FILE", &output, "write the patch to FILE"),
	OPT_STRING(0, "html", "FILE", &html, "write a page of HTML to FILE"),
	OPT_NUMBER('U', "unified", "N", &context, "lines of context"),
	OPT_FLAG('H', "hunks", &numbers,
		 "number the hunks, for --hunks of apply and discard"),
	OPT_FLAG(0, "word-diff", &words, "mark words, not lines"),
	OPT_FLAG(0, "text", &text, "show binary files as text"),
	OPT_FLAG('a', "all", &all, "show what is in large new directories, too"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_JSON,
	OPT_COLOR,
	OPT_NO_PAGER,
	OPT_END,
};

/* Only for eyes: a patch has everything. */
static int gather(struct diff_view *v, struct err *err)
{
	const struct changes *c = v->c;
	int git = !all && !v->paths.n && !opt_common.json && !name_only &&
		  !name_status;
	int fold = git && v->opts.flags & DIFF_ESCAPE;

	v->keep = calloc(c->list.n + 1, 1);
	if (!v->keep)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < c->list.n; i++)
		v->keep[i] = !fold || c->classes[i] & risk_at_least(RISK_ASK);
	v->join = !html && !opt_common.json;
	v->hide_ignored = fold;
	v->nul = nul;
	v->name_status = name_status;
	v->each_name = name_only || name_status ||
		       !(v->opts.flags & DIFF_ESCAPE || html || stat_only ||
			 opt_common.json);
	if (changes_look(v->c))
		return err_set(err, -ENOMEM, "out of memory");
	if (fold_deltas(&c->list, FOLD_LEAST, v->keep, git, &v->folds))
		return err_set(err, -ENOMEM, "out of memory");
	return 0;
}

static int print_patch(struct diff_view *v, size_t i, struct err *err)
{
	const struct delta *d = &v->c->list.at[i];
	struct buf out = BUF_INIT;
	struct diff_pair p;
	int r;

	if (v->folds[i].git) {
		diff_note_repository(v->to, &v->style, &v->c->list.at[i],
				     &v->folds[i],
				     v->opts.flags & DIFF_ESCAPE);
		return 0;
	}
	if (diff_is_implied(v, i))
		return 0;
	if (v->folds[i].files) {
		diff_note_folded(v->to, &v->style, &v->c->list.at[i],
				 &v->folds[i]);
		return 0;
	}
	r = diff_load_shown(v, i, v->opts.flags & DIFF_ESCAPE ?
			    DIFF_SHOW_MAX : DIFF_EXACT_MAX, &p);
	if (r)
		return err_errno(err, r, "cannot compare");
	r = diff_patch(&p, &v->opts, &out);
	diff_pair_release(&p);
	if (!r) {
		if (v->opts.flags & DIFF_ESCAPE) {
			diff_note_risks(v->to, &v->style, &v->c->risk[i]);
			diff_note_names(v->to, &v->style, d);
		}
		fwrite(out.ptr, 1, out.len, v->to);
	} else if (r == -EFBIG || r == -EIO) {
		v->skipped++;
		out_warn("%s is not in the patch: it is too large or cannot be"
			 " read", d->path);
		r = 0;
	} else {
		err_errno(err, r, "cannot compare");
	}
	buf_release(&out);
	return r;
}

static int print_html(struct diff_view *v, struct err *err)
{
	struct diff_counts *n = calloc(v->c->list.n + 1, sizeof(*n));
	size_t *which = calloc(v->c->list.n + 1, sizeof(*which));
	struct page page = { .c = v->c, .which = which };
	int r;

	r = n && which ? diff_count_all(v, n, err) :
			 err_set(err, -ENOMEM, "out of memory");
	for (size_t k = 0; !r && k < v->c->list.n; k++) {
		size_t i = v->c->order[k];

		if (!diff_is_listed(v, i) || diff_is_implied(v, i))
			continue;
		which[page.n++] = i;
		page.added += n[i].added > 0 ? n[i].added : 0;
		page.removed += n[i].removed > 0 ? n[i].removed : 0;
	}
	if (!r)
		r = page_write(&page, v->to, err);
	free(which);
	free(n);
	return r;
}

static int print_all(struct diff_view *v, struct err *err)
{
	int by_risk = v->opts.flags & DIFF_ESCAPE, r = 0;

	if (html)
		return print_html(v, err);
	if (opt_common.json)
		return diff_print_json(v, err);
	group_heading(v->to);
	if (stat_only)
		return diff_print_stat(v, err);
	for (size_t k = 0; !r && k < v->c->list.n; k++) {
		size_t i = by_risk ? v->c->order[k] : k;

		if (!diff_is_listed(v, i))
			continue;
		if (diff_is_hidden(v, i))
			continue;
		if (name_only || name_status)
			diff_print_names(v, i);
		else
			r = print_patch(v, i, err);
	}
	if (v->ignored)
		diff_note_ignored(v->to, &v->style, v->ignored);
	return r;
}

static void set_options(struct diff_view *v)
{
	int to_file = output && strcmp(output, "-");
	int tty = !to_file && out_is_terminal(), asked = exact || output;

	v->to = stdout;
	v->style = (struct diff_style){
		out_style(OUT_PLAIN), out_style(OUT_BOLD), out_style(OUT_CYAN),
		out_style(OUT_RED), out_style(OUT_GREEN),
	};
	v->opts.context = context > 10000 ? 10000 : (unsigned)context;
	/* A terminal never gets raw bytes: there a patch is exact in base 85. */
	v->opts.flags = (tty && !asked ? DIFF_ESCAPE : 0) |
			(asked && !tty ? DIFF_EXACT : 0) |
			(words ? DIFF_WORDS : 0) |
			(text ? DIFF_FORCE_TEXT : 0) |
			(numbers ? DIFF_NUMBERS : 0);
	/* Words and forced text cannot be applied, so they are for eyes. */
	if (words || text)
		v->opts.flags |= DIFF_ESCAPE;
	if (asked)
		v->style = (struct diff_style){ "", "", "", "", "" };
	v->opts.style = &v->style;
}

static int open_output(struct diff_view *v, struct err *err)
{
	int fd;

	if (!output || !strcmp(output, "-"))
		return 0;
	fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	v->to = fd < 0 ? NULL : fdopen(fd, "w");
	if (!v->to) {
		io_close(&fd);
		v->to = stdout;
		return err_errno(err, -errno, "%s", output);
	}
	return 0;
}

static int close_output(struct diff_view *v, struct err *err)
{
	if (v->to == stdout)
		return 0;
	if (ferror(v->to) | fclose(v->to))
		return err_errno(err, -EIO, "%s", output);
	return 0;
}

static int diff(int argc, char **argv)
{
	struct changes c = CHANGES_INIT;
	struct diff_view v = { .c = &c };
	struct err err = ERR_INIT;
	int ret = STATUS_DONE;

	if (nul && !name_only && !name_status)
		return out_usage("diff", "-z goes with --name-only or"
				 " --name-status");
	if (numbers && context != 3)
		return out_usage("diff", "--hunks goes with three lines of"
				 " context, as apply has them");
	if (html && (output || exact || opt_common.json))
		return out_usage("diff", "--html goes alone");
	if (opt_common.part && (html || nul || (output && strcmp(output, "-"))))
		return out_usage("diff", "--html, --output and -z are of one"
				 " workspace; name a path in it");
	set_options(&v);
	if (html)
		output = html;
	if (changes_open(&c, CHANGES_LIST, &err) ||
	    changes_paths(&c, argv, &v.paths, &err)) {
		ret = out_err(&err);
		goto out;
	}
	if (changes_unknown(&c, argv, &v.paths)) {
		ret = STATUS_FAILED;
		goto out;
	}
	if (gather(&v, &err) || open_output(&v, &err)) {
		ret = out_err(&err);
		goto out;
	}
	if (print_all(&v, &err))
		ret = out_err(&err);
	if (close_output(&v, &err))
		ret = out_err(&err);
	if (v.skipped)
		ret = STATUS_FAILED;
out:
	strlist_release(&v.paths);
	free(v.folds);
	free(v.keep);
	changes_close(&c);
	return ret;
}

const struct command cmd_diff = {
	.name = "diff",
	.fn = diff,
	.args = "[PATH...]",
	.summary = "show what the agent changed, line by line",
	.about = "On a terminal odd bytes are escaped and the dangerous comes"
		 " first. In a pipe the\noutput is a patch that git apply takes."
		 " No secret is in it: masked files are\nshown as the agent saw"
		 " them.",
	.options = options,
	.group = GROUP_PATHS,
	.min = 0,
	.max = -1,
	.flags = CMD_PAGED,
};
