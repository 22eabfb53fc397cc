/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/diff_note.h"

#include <string.h>

#include "cli/out.h"
#include "util/esc.h"

void diff_note_folded(FILE *f, const struct diff_style *style,
		      const struct delta *d, const struct fold *fold)
{
	struct buf name = BUF_INIT;

	esc_add(&name, d->path, strlen(d->path), ESC_NAME);
	fprintf(f, "%s# %s directory %s/: %zu changes, %llu bytes; scrim"
		" diff %s shows them%s\n", style->head,
		d->kind == DELTA_DELETE ? "removed" : d->kind == DELTA_RENAME ?
		"renamed" : "new", name.ptr, fold->files, fold->bytes, name.ptr,
		style->plain);
	buf_release(&name);
}

void diff_note_repository(FILE *f, const struct diff_style *style,
			  const struct delta *d, const struct fold *fold,
			  int for_eyes)
{
	struct buf name = BUF_INIT;

	esc_add(&name, d->path, fold->git, ESC_NAME);
	if (for_eyes)
		fprintf(f, "%s# %s/: %zu changes inside of the repository;"
			" --all shows them%s\n", style->head, name.ptr,
			fold->files + 1, style->plain);
	else
		out_note("%zu changes inside of %s are left out; --all has"
			 " them", fold->files + 1, name.ptr);
	buf_release(&name);
}

void diff_note_ignored(FILE *f, const struct diff_style *style, size_t n)
{
	fprintf(f, "%s# %zu change%s of files that git ignores; --all shows"
		" %s%s\n", style->head, n, n == 1 ? "" : "s",
		n == 1 ? "it" : "them", style->plain);
}

void diff_note_risks(FILE *f, const struct diff_style *style,
		     const struct risk *risk)
{
	for (size_t i = 0; i < risk->n; i++) {
		struct buf why = BUF_INIT;

		esc_add(&why, risk->at[i].why, strlen(risk->at[i].why),
			ESC_NAME);
		fprintf(f, "%s# %s: %s%s\n", style->old,
			risk_classes[risk->at[i].class].name, why.ptr,
			style->plain);
		buf_release(&why);
	}
}

void diff_note_names(FILE *f, const struct diff_style *style,
		     const struct delta *d)
{
	for (size_t i = 0; i < d->n_also; i++) {
		struct buf name = BUF_INIT;

		esc_add(&name, d->also[i], strlen(d->also[i]), ESC_NAME);
		fprintf(f, "%s# also %s, which is another name of it%s\n",
			style->head, name.ptr, style->plain);
		buf_release(&name);
	}
}
