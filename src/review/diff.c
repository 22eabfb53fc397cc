/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/diff.h"

#include <errno.h>
#include <string.h>

#include "util/esc.h"

unsigned diff_git_mode(mode_t mode)
{
	if (S_ISLNK(mode))
		return 0120000;
	if (!S_ISREG(mode))
		return 0;
	return mode & 0100 ? 0100755 : 0100644;
}

static int name_needs_quotes(const char *s, size_t len)
{
	return strpbrk(s, "\"\\") || esc_add(NULL, s, len, ESC_COUNT_ONLY);
}

void diff_quote(struct buf *out, const char *prefix, const char *path)
{
	static const char from[] = "\a\b\t\n\v\f\r\"\\";
	static const char to[] = "abtnvfr\"\\";
	const char *at;

	if (!name_needs_quotes(path, strlen(path))) {
		buf_addf(out, "%s%s", prefix, path);
		return;
	}
	buf_addf(out, "\"%s", prefix);
	for (const char *p = path; *p; p++) {
		at = strchr(from, *p);
		if (at)
			buf_addf(out, "\\%c", to[at - from]);
		else if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			buf_addf(out, "\\%03o", (unsigned char)*p);
		else
			buf_addch(out, *p);
	}
	buf_addch(out, '"');
}

static int is_bidi(unsigned cp)
{
	return cp == 0x61c || cp == 0x200e || cp == 0x200f ||
	       (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

int diff_is_harmful(const char *text, size_t len)
{
	unsigned cp = 0;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		unsigned char c = (unsigned char)text[i];

		n = esc_utf8(text + i, len - i, &cp);
		if (!n) {
			n = 1;
			cp = c;
		}
		if (cp == '\t' || cp == '\n' || cp == '\f' ||
		    (cp == '\r' && i + 1 < len && text[i + 1] == '\n'))
			continue;
		if (cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || is_bidi(cp))
			return 1;
	}
	return 0;
}

static int load_side(const struct source *s, const struct delta *d,
		     enum source_side which, size_t limit,
		     struct diff_side *side)
{
	side->state = source_read(s, d, which, limit, &side->text);
	if (side->state == -ENOMEM)
		return -ENOMEM;
	if (side->state)
		buf_clear(&side->text);
	return 0;
}

int diff_load(const struct source *s, const struct delta *d, size_t limit,
	      struct diff_pair *out)
{
	struct diff_pair p = { .kind = d->kind, .flags = d->flags,
			       .similarity = 100 };
	int r = 0;

	buf_init(&p.old.text);
	buf_init(&p.new.text);
	p.old.path = d->kind == DELTA_RENAME ? d->origin : d->path;
	p.new.path = d->path;
	p.old.mode = d->kind == DELTA_ADD ? 0 : d->base.st_mode;
	p.new.mode = d->kind == DELTA_DELETE ? 0 : d->st.st_mode;
	p.old.size = d->base.st_size;
	p.new.size = d->st.st_size;
	if (p.old.mode)
		r = load_side(s, d, SOURCE_BASE_VIEW, limit, &p.old);
	if (!r && p.new.mode)
		r = load_side(s, d, SOURCE_NEW, limit, &p.new);
	if (r) {
		diff_pair_release(&p);
		return r;
	}
	*out = p;
	return 0;
}

int diff_load_similar(const struct source *s, const struct delta *a,
		      const struct delta *d, int score, size_t limit,
		      struct diff_pair *out)
{
	struct diff_pair old;
	int r = diff_load(s, a, limit, out);

	if (r)
		return r;
	r = diff_load(s, d, limit, &old);
	if (r) {
		diff_pair_release(out);
		return r;
	}
	buf_release(&out->old.text);
	out->old = old.old;
	buf_release(&old.new.text);
	out->kind = DELTA_RENAME;
	out->similarity = score;
	return 0;
}

void diff_pair_release(struct diff_pair *p)
{
	buf_release(&p->old.text);
	buf_release(&p->new.text);
}

int diff_count(const struct diff_pair *p, long *added, long *removed)
{
	struct hunks h;
	int r;

	*added = *removed = -1;
	if (p->old.state || p->new.state)
		return 0;
	r = hunks_make(&h, p->old.text.ptr, p->old.text.len, p->new.text.ptr,
		       p->new.text.len, 0, 0);
	if (r)
		return r;
	if (h.state == HUNKS_TEXT) {
		*added = (long)h.added;
		*removed = (long)h.removed;
	}
	hunks_release(&h);
	return 0;
}
