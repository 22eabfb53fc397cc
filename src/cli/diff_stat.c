/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/diff_sum.h"

#include <errno.h>
#include <stdlib.h>

#include "cli/out.h"

/* A name that is longer is printed whole and moves the rest of its line. */
#define NAME_MAX_COLUMNS 50
#define BAR_MIN 10
#define BAR_MAX 40

struct row {
	size_t i;		/* of the delta */
	struct buf name;
	int columns;		/* of the name */
};

struct table {
	struct row *at;
	size_t n;
	int name, number, bar;	/* columns of each */
	long most;		/* lines of the file with the most */
};

/* Of UTF-8, taken for one column a character. */
static int columns_of(const struct buf *name)
{
	int n = 0;

	for (size_t i = 0; i < name->len; i++)
		n += (name->ptr[i] & 0xc0) != 0x80;
	return n;
}

/* The path up to and with ".git/". */
static void name_repository(const char *path, size_t len, struct buf *name)
{
	struct buf dir = BUF_INIT;

	buf_add(&dir, path, len + 1);
	if (buf_oom(&dir))
		name->oom = 1;
	else
		diff_quote(name, "", dir.ptr);
	buf_release(&dir);
}

static void name_of(const struct diff_view *v, size_t i, struct buf *name)
{
	const struct delta *d = &v->c->list.at[i];
	const char *origin = diff_origin(v, i);

	if (v->folds[i].git) {
		name_repository(d->path, v->folds[i].git, name);
		return;
	}
	if (origin) {
		diff_quote(name, "", origin);
		buf_addstr(name, " => ");
	}
	diff_quote(name, "", d->path);
	for (size_t k = 0; k < d->n_also; k++) {
		buf_addstr(name, ", ");
		diff_quote(name, "", d->also[k]);
	}
	if (v->folds[i].files)
		buf_addch(name, '/');
}

static int digits(long n)
{
	return snprintf(NULL, 0, "%ld", n);
}

static void add_row(struct table *t, const struct diff_view *v, size_t i,
		    const struct diff_counts *n)
{
	struct row *r = &t->at[t->n++];

	r->i = i;
	r->name = (struct buf)BUF_INIT;
	name_of(v, i, &r->name);
	r->columns = columns_of(&r->name);
	if (r->columns > t->name && r->columns <= NAME_MAX_COLUMNS)
		t->name = r->columns;
	if (!v->folds[i].files && n->added + n->removed > t->most)
		t->most = n->added + n->removed;
}

/* " NAME | NUMBER BAR" */
static void lay_out(struct table *t)
{
	t->number = digits(t->most);
	t->bar = out_columns() - t->name - t->number - 6;
	if (t->bar > BAR_MAX)
		t->bar = BAR_MAX;
	if (t->bar < BAR_MIN)
		t->bar = BAR_MIN;
}

static int bar_of(const struct table *t, long lines)
{
	if (t->most <= t->bar || !lines)
		return (int)lines;
	return 1 + (int)(lines * (t->bar - 1) / t->most);
}

static void print_bar(const struct diff_view *v, const struct table *t,
		      const struct diff_counts *n)
{
	fputs(v->style.new, v->to);
	for (int k = bar_of(t, n->added); k > 0; k--)
		fputc('+', v->to);
	fputs(v->style.old, v->to);
	for (int k = bar_of(t, n->removed); k > 0; k--)
		fputc('-', v->to);
	fputs(v->style.plain, v->to);
}

static void print_row(const struct diff_view *v, const struct table *t,
		      const struct row *r, const struct diff_counts *n)
{
	const struct delta *d = &v->c->list.at[r->i];
	const struct fold *f = &v->folds[r->i];
	int fill = t->name > r->columns ? t->name - r->columns : 0;

	fprintf(v->to, " %s%*s | ", r->name.ptr, fill, "");
	if (f->git)
		fprintf(v->to, "%zu changes inside of the repository",
			f->files + 1);
	else if (f->files)
		fprintf(v->to, "%zu changes, %llu bytes", f->files, f->bytes);
	else if (n->added < 0)
		fprintf(v->to, "binary or too large, %lld -> %lld bytes",
			(long long)d->base.st_size, (long long)d->st.st_size);
	else
		fprintf(v->to, "%*ld", t->number, n->added + n->removed);
	if (n->added > 0 || n->removed > 0) {
		fputc(' ', v->to);
		print_bar(v, t, n);
	}
	fputc('\n', v->to);
}

static void print_sum(const struct diff_view *v, const struct table *t,
		      const struct diff_counts *n)
{
	long added = 0, removed = 0;

	for (size_t k = 0; k < t->n; k++) {
		const struct diff_counts *one = &n[t->at[k].i];

		added += one->added > 0 ? one->added : 0;
		removed += one->removed > 0 ? one->removed : 0;
	}
	if (v->ignored)
		fprintf(v->to, " %zu changes that git ignores; --all lists"
			" them\n", v->ignored);
	if (t->n)
		fprintf(v->to, " %zu file%s changed, %ld insertions(+), %ld"
			" deletions(-)\n", t->n, t->n == 1 ? "" : "s", added,
			removed);
}

int diff_print_stat(struct diff_view *v, struct err *err)
{
	size_t all = v->c->list.n;
	struct diff_counts *n = calloc(all + 1, sizeof(*n));
	struct table t = { .at = calloc(all + 1, sizeof(*t.at)) };
	int r;

	r = n && t.at ? diff_count_all(v, n, err) :
	    err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < all; i++) {
		if (!diff_is_listed(v, i) || diff_is_implied(v, i) ||
		    diff_is_hidden(v, i))
			continue;
		add_row(&t, v, i, &n[i]);
		if (buf_oom(&t.at[t.n - 1].name))
			r = err_set(err, -ENOMEM, "out of memory");
	}
	lay_out(&t);
	for (size_t k = 0; !r && k < t.n; k++)
		print_row(v, &t, &t.at[k], &n[t.at[k].i]);
	if (!r)
		print_sum(v, &t, n);
	for (size_t k = 0; k < t.n; k++)
		buf_release(&t.at[k].name);
	free(t.at);
	free(n);
	return r;
}
