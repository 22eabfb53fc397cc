/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/diff.h"

#include <errno.h>
#include <git2.h>
#include <string.h>

#include "review/word.h"
#include "util/esc.h"

#define LINE_SHOWN 4096		/* of a line, with DIFF_ESCAPE */

static const struct diff_style no_style = { "", "", "", "", "" };

struct printer {
	const struct diff_opts *o;
	const struct diff_style *style;
	struct buf *out;
	size_t start;		/* of this change in out */
};

static void add_text(struct printer *p, const char *text, size_t len)
{
	size_t left = 0;

	if (!(p->o->flags & DIFF_ESCAPE)) {
		buf_add(p->out, text, len);
		return;
	}
	if (len > LINE_SHOWN) {
		left = len - LINE_SHOWN;
		len = LINE_SHOWN;
	}
	esc_add(p->out, text, len, ESC_TEXT);
	if (left)
		buf_addf(p->out, " [%zu more bytes in this line; --patch has"
			 " them]", left);
}

static void add_line(struct printer *p, const struct diff_line *l)
{
	const char *colour = l->origin == '-' ? p->style->old :
			     l->origin == '+' ? p->style->new : "";
	size_t len = l->len;
	int eol = len && l->text[len - 1] == '\n';

	buf_addf(p->out, "%s%c", colour, l->origin);
	add_text(p, l->text, len - (size_t)eol);
	if (*colour)
		buf_addstr(p->out, p->style->plain);
	buf_addch(p->out, '\n');
	if (!eol)
		buf_addstr(p->out, "\\ No newline at end of file\n");
}

static void add_range(struct buf *out, char sign, unsigned start, unsigned n)
{
	buf_addf(out, "%c%u", sign, start);
	if (n != 1)
		buf_addf(out, ",%u", n);
}

static void add_hunk_head(struct printer *p, const struct diff_hunk *k,
			  size_t number)
{
	buf_addf(p->out, "%s@@ ", p->style->hunk);
	add_range(p->out, '-', k->old_start, k->old_lines);
	buf_addch(p->out, ' ');
	add_range(p->out, '+', k->new_start, k->new_lines);
	buf_addf(p->out, " @@%s", p->style->plain);
	if (p->o->flags & DIFF_NUMBERS)
		buf_addf(p->out, " hunk %zu", number);
	buf_addch(p->out, '\n');
}

static void add_word(struct printer *p, const struct word *w)
{
	static const char *const open[] = { "[-", "{+" };
	static const char *const close[] = { "-]", "+}" };
	int i = w->origin == '+';

	if (w->origin == ' ') {
		add_text(p, w->text, w->len);
		return;
	}
	buf_addf(p->out, "%s%s", i ? p->style->new : p->style->old, open[i]);
	add_text(p, w->text, w->len);
	buf_addf(p->out, "%s%s", close[i], p->style->plain);
}

/* Lines first..end of one hunk; their text lies together in old and in new. */
static int add_words(struct printer *p, const struct hunks *h, size_t first,
		     size_t end)
{
	struct buf old = BUF_INIT, new = BUF_INIT;
	struct words w = { NULL, 0 };
	int r;

	for (size_t i = first; i < end; i++) {
		const struct diff_line *l = &h->lines[i];

		if (l->origin != '+')
			buf_add(&old, l->text, l->len);
		if (l->origin != '-')
			buf_add(&new, l->text, l->len);
	}
	r = words_make(&w, old.ptr, old.len, new.ptr, new.len);
	for (size_t i = 0; !r && i < w.n; i++)
		add_word(p, &w.at[i]);
	if (!r && p->out->len && p->out->ptr[p->out->len - 1] != '\n')
		buf_addch(p->out, '\n');
	words_release(&w);
	buf_release(&old);
	buf_release(&new);
	return r;
}

static int add_hunk(struct printer *p, const struct hunks *h, size_t i)
{
	const struct diff_hunk *k = &h->at[i];

	add_hunk_head(p, k, i + 1);
	if (p->o->flags & DIFF_WORDS)
		return add_words(p, h, k->first, k->first + k->n);
	for (size_t j = 0; j < k->n; j++)
		add_line(p, &h->lines[k->first + j]);
	return 0;
}

static int add_hunks(struct printer *p, const struct hunks *h)
{
	int r = 0;

	for (size_t i = 0; !r && i < h->n; i++)
		r = add_hunk(p, h, i);
	return r;
}

int diff_hunk(const struct hunks *h, size_t i, const struct diff_opts *o,
	      struct buf *out)
{
	struct printer p = { o, o->style ? o->style : &no_style, out,
			     out->len };
	int r = add_hunk(&p, h, i);

	return !r && buf_oom(out) ? -ENOMEM : r;
}

static void add_name_line(struct printer *p, const char *sign,
			  const char *prefix, const struct diff_side *s)
{
	size_t start;

	buf_addf(p->out, "%s%s ", p->style->head, sign);
	start = p->out->len;
	if (s->mode)
		diff_quote(p->out, prefix, s->path);
	else
		buf_addstr(p->out, "/dev/null");
	/* A tab tells a name with a space from a date, as git does. */
	if (s->mode && memchr(p->out->ptr + start, ' ', p->out->len - start) &&
	    p->out->ptr[start] != '"')
		buf_addch(p->out, '\t');
	buf_addf(p->out, "%s\n", p->style->plain);
}

/* A patch that libgit2 prints, from the line "GIT binary patch" on. */
static int add_binary(struct printer *p, const struct diff_side *old,
		      const struct diff_side *new)
{
	git_buf text = { NULL, 0, 0 };
	git_diff_options opts;
	git_patch *patch = NULL;
	const char *at;
	int r = -EIO;

	git_libgit2_init();
	git_diff_options_init(&opts, GIT_DIFF_OPTIONS_VERSION);
	opts.flags |= GIT_DIFF_FORCE_BINARY | GIT_DIFF_SHOW_BINARY;
	if (git_patch_from_buffers(&patch, old->mode ? old->text.ptr : NULL,
				   old->text.len, "x",
				   new->mode ? new->text.ptr : NULL,
				   new->text.len, "x", &opts) ||
	    git_patch_to_buf(&text, patch))
		goto out;
	at = memmem(text.ptr, text.size, "GIT binary patch\n", 17);
	if (at)
		buf_add(p->out, at, text.size - (size_t)(at - text.ptr));
	r = at ? 0 : -EIO;
out:
	git_patch_free(patch);
	git_buf_dispose(&text);
	return r;
}

static void add_too_big(struct printer *p, const struct diff_side *old,
			const struct diff_side *new, const char *what)
{
	buf_addf(p->out, "# %s: %lld bytes, before %lld; not shown\n", what,
		 new->mode ? (long long)new->size : 0LL,
		 old->mode ? (long long)old->size : 0LL);
}

static void add_names(struct printer *p, const struct diff_side *old,
		      const struct diff_side *new)
{
	add_name_line(p, "---", "a/", old);
	add_name_line(p, "+++", "b/", new);
}

static int wants_binary(const struct printer *p, const struct hunks *h,
			const struct diff_side *old, const struct diff_side *new)
{
	if (h->state != HUNKS_TEXT)
		return 1;
	return !(p->o->flags & (DIFF_ESCAPE | DIFF_EXACT)) &&
	       (diff_is_harmful(old->text.ptr, old->text.len) ||
		diff_is_harmful(new->text.ptr, new->text.len));
}

static int same_text(const struct diff_side *a, const struct diff_side *b)
{
	return a->text.len == b->text.len &&
	       !memcmp(a->text.ptr, b->text.ptr, a->text.len);
}

static int add_body(struct printer *p, const struct diff_side *old,
		    const struct diff_side *new)
{
	struct hunks h;
	int r;

	if (same_text(old, new) && old->mode && new->mode)
		return 0;
	r = hunks_make(&h, old->text.ptr, old->text.len, new->text.ptr,
		       new->text.len, p->o->context,
		       p->o->flags & DIFF_FORCE_TEXT ? HUNKS_FORCE_TEXT : 0);
	if (r)
		return r;
	if (!wants_binary(p, &h, old, new)) {
		if (h.n)
			add_names(p, old, new);
		r = add_hunks(p, &h);
	} else if (!(p->o->flags & DIFF_ESCAPE)) {
		r = add_binary(p, old, new);
	} else {
		add_too_big(p, old, new, h.state == HUNKS_BINARY ?
			    "binary file" : "too big to compare");
	}
	hunks_release(&h);
	return r;
}

static void add_oid(struct buf *out, const struct diff_side *s)
{
	char hex[GIT_OID_HEXSZ + 1];
	git_oid id;

	if (!s->mode || git_odb_hash(&id, s->text.ptr, s->text.len,
				     GIT_OBJECT_BLOB)) {
		buf_addf(out, "%040d", 0);
		return;
	}
	git_oid_tostr(hex, sizeof(hex), &id);
	buf_addstr(out, hex);
}

static void add_index_line(struct printer *p, const struct diff_side *old,
			   const struct diff_side *new)
{
	unsigned a = diff_git_mode(old->mode), b = diff_git_mode(new->mode);

	if (old->state || new->state || (same_text(old, new) && a && b))
		return;
	buf_addf(p->out, "%sindex ", p->style->head);
	git_libgit2_init();
	add_oid(p->out, old);
	buf_addstr(p->out, "..");
	add_oid(p->out, new);
	if (a == b)
		buf_addf(p->out, " %o", a);
	buf_addf(p->out, "%s\n", p->style->plain);
}

static void add_rename(struct printer *p, const struct diff_pair *pair)
{
	buf_addf(p->out, "similarity index %d%%\nrename from ",
		 pair->similarity);
	diff_quote(p->out, "", pair->old.path);
	buf_addstr(p->out, "\nrename to ");
	diff_quote(p->out, "", pair->new.path);
	buf_addch(p->out, '\n');
}

static void add_head(struct printer *p, const struct diff_pair *pair,
		     const struct diff_side *old, const struct diff_side *new)
{
	unsigned a = diff_git_mode(old->mode), b = diff_git_mode(new->mode);

	buf_addf(p->out, "%sdiff --git ", p->style->head);
	diff_quote(p->out, "a/", old->path);
	buf_addch(p->out, ' ');
	diff_quote(p->out, "b/", new->path);
	buf_addch(p->out, '\n');
	if (!a)
		buf_addf(p->out, "new file mode %06o\n", b);
	else if (!b)
		buf_addf(p->out, "deleted file mode %06o\n", a);
	else if (a != b)
		buf_addf(p->out, "old mode %06o\nnew mode %06o\n", a, b);
	if (pair->kind == DELTA_RENAME)
		add_rename(p, pair);
	buf_addstr(p->out, p->style->plain);
	add_index_line(p, old, new);
}

static int unreadable(const struct diff_side *s)
{
	return s->mode && s->state;
}

/* git takes no head without a body, or a change of name or mode in it. */
static int is_same(const struct diff_pair *pair, const struct diff_side *old,
		   const struct diff_side *new)
{
	return pair->kind != DELTA_RENAME && !old->state && !new->state &&
	       diff_git_mode(old->mode) == diff_git_mode(new->mode) &&
	       same_text(old, new);
}

static void add_touched(struct printer *p, const struct diff_side *s)
{
	if (p->out->len > p->start)
		return;
	buf_addstr(p->out, "# written or touched, content as before: ");
	diff_quote(p->out, "", s->path);
	buf_addch(p->out, '\n');
}

static int add_file(struct printer *p, const struct diff_pair *pair,
		    const struct diff_side *old, const struct diff_side *new)
{
	int state = unreadable(new) ? new->state : old->state;

	if (!(p->o->flags & DIFF_ESCAPE) && state)
		return state == -EFBIG ? -EFBIG : -EIO;
	if (is_same(pair, old, new)) {
		add_touched(p, new);
		return 0;
	}
	add_head(p, pair, old, new);
	if (state) {
		add_too_big(p, old, new, state == -EFBIG ? "too big to compare" :
			    state == -ENODATA ? "the file as it was before was"
			    " not kept" : "cannot be read");
		return 0;
	}
	return add_body(p, old, new);
}

/* What git has no words for. */
static void add_remarks(struct printer *p, const struct diff_pair *pair)
{
	mode_t a = pair->old.mode, b = pair->new.mode;
	const char *kind = S_ISDIR(b ? b : a) ? "directory" : "file";

	if (a && b && (a & S_IFMT) == (b & S_IFMT) && !S_ISLNK(a) &&
	    (a & 07777) != (b & 07777) && (S_ISDIR(a) ||
	    diff_git_mode(a) == diff_git_mode(b))) {
		buf_addf(p->out, "# mode of %s ", kind);
		diff_quote(p->out, "", pair->new.path);
		buf_addf(p->out, ": %04o -> %04o\n", a & 07777, b & 07777);
	}
	if (pair->flags & DELTA_OWNER) {
		buf_addf(p->out, "# owner of %s changes: ", kind);
		diff_quote(p->out, "", pair->new.path);
		buf_addch(p->out, '\n');
	}
	if (pair->flags & DELTA_XATTR) {
		buf_addf(p->out, "# attributes of %s changed: ", kind);
		diff_quote(p->out, "", pair->new.path);
		buf_addch(p->out, '\n');
	}
}

static void add_other(struct printer *p, const struct diff_side *s,
		      const char *what)
{
	const char *kind = S_ISDIR(s->mode) ? "directory" : "special file";

	buf_addf(p->out, "# %s %s: ", what, kind);
	diff_quote(p->out, "", s->path);
	buf_addch(p->out, '\n');
}

int diff_patch(const struct diff_pair *pair, const struct diff_opts *o,
	       struct buf *out)
{
	struct printer p = { o, o->style ? o->style : &no_style, out,
			     out->len };
	const struct diff_side *old = &pair->old, *new = &pair->new;
	struct diff_side none = { .path = new->path, .text = BUF_INIT };
	int a = diff_git_mode(old->mode) != 0, b = diff_git_mode(new->mode) != 0;
	int same = (old->mode & S_IFMT) == (new->mode & S_IFMT), r = 0;

	add_remarks(&p, pair);
	if (old->mode && !a && !same)
		add_other(&p, old, "removed");
	if (new->mode && !b && !same)
		add_other(&p, new, "new");
	if (a && b && same)
		r = add_file(&p, pair, old, new);
	else {
		if (a) {
			none.path = old->path;
			r = add_file(&p, pair, old, &none);
		}
		none.path = new->path;
		if (!r && b)
			r = add_file(&p, pair, &none, new);
	}
	return !r && buf_oom(out) ? -ENOMEM : r;
}
