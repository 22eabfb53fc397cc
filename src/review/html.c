/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/html.h"

#include <errno.h>
#include <string.h>

#include "util/esc.h"

#define LINE_SHOWN 4096

/* A change here needs a new hash below; tests/cli/test_diff.sh compares them. */
#define STYLE "body{font:14px sans-serif;margin:2em;color:#222;background:#fff}" \
	"h1{font-size:20px}h2{font:bold 14px monospace;background:#eee;" \
	"padding:6px;margin:24px 0 0}pre{margin:0;padding:6px;" \
	"border:1px solid #eee;overflow-x:auto}pre span{display:block}" \
	".a{background:#e6ffec}.d{background:#ffebe9}.h{color:#57a}" \
	".r{color:#b00;margin:4px 0}.n{color:#666;margin:4px 0}"
#define STYLE_HASH "0xgAxOv7P8QJ/OXTjkXGGLNoQshUoxg10BLQ55WJdbo="

void html_text(struct buf *out, const char *s, size_t len, int esc_flags)
{
	static const struct {
		char c;
		const char *as;
	} marks[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		      { '"', "&quot;" }, { '\'', "&#39;" } };
	struct buf plain = BUF_INIT;

	esc_add(&plain, s, len, esc_flags);
	for (size_t i = 0; i < plain.len; i++) {
		const char *as = NULL;

		for (size_t k = 0; k < sizeof(marks) / sizeof(marks[0]); k++)
			if (plain.ptr[i] == marks[k].c)
				as = marks[k].as;
		if (as)
			buf_addstr(out, as);
		else
			buf_addch(out, plain.ptr[i]);
	}
	buf_release(&plain);
}

static void add_name(struct buf *out, const char *s)
{
	html_text(out, s, strlen(s), ESC_NAME);
}

void html_begin(struct buf *out, const struct html_head *h)
{
	buf_addstr(out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
		   "<meta charset=\"utf-8\">\n<meta http-equiv=\""
		   "Content-Security-Policy\" content=\"default-src 'none';"
		   " style-src 'sha256-" STYLE_HASH "'; base-uri 'none';"
		   " form-action 'none'\">\n<meta name=\"referrer\""
		   " content=\"no-referrer\">\n<title>scrim: ");
	add_name(out, h->session);
	buf_addstr(out, "</title>\n<style>" STYLE "</style></head>\n<body>"
		   "<h1>Changes of session ");
	add_name(out, h->session);
	buf_addstr(out, "</h1>\n<p>");
	add_name(out, h->workspace);
	buf_addf(out, ": %zu changes, %ld lines added, %ld removed. The agent"
		 " was refused %zu times.</p>\n", h->changes, h->added,
		 h->removed, h->attempts);
}

static void add_line(struct buf *out, const struct diff_line *l)
{
	static const char *const class[] = { "", "a", "d" };
	size_t len = l->len, left = 0;

	if (len && l->text[len - 1] == '\n')
		len--;
	if (len > LINE_SHOWN) {
		left = len - LINE_SHOWN;
		len = LINE_SHOWN;
	}
	buf_addf(out, "<span class=\"%s\">%c", class[l->origin == '+' ? 1 :
		 l->origin == '-' ? 2 : 0], l->origin);
	html_text(out, l->text, len, ESC_TEXT);
	if (left)
		buf_addf(out, " [%zu more bytes in this line]", left);
	buf_addstr(out, "</span>");
}

static int add_hunks(struct buf *out, const struct diff_pair *p)
{
	struct hunks h;
	int r;

	r = hunks_make(&h, p->old.text.ptr, p->old.text.len, p->new.text.ptr,
		       p->new.text.len, 3, 0);
	if (r)
		return r;
	if (h.state != HUNKS_TEXT)
		buf_addf(out, "<p class=\"n\">%s, %lld bytes, before"
			 " %lld</p>\n", h.state == HUNKS_BINARY ? "binary" :
			 "too large to compare", (long long)p->new.size,
			 (long long)p->old.size);
	if (h.n)
		buf_addstr(out, "<pre>");
	for (size_t i = 0; i < h.n; i++) {
		const struct diff_hunk *k = &h.at[i];

		buf_addf(out, "<span class=\"h\">@@ -%u,%u +%u,%u @@</span>",
			 k->old_start, k->old_lines, k->new_start,
			 k->new_lines);
		for (size_t j = 0; j < k->n; j++)
			add_line(out, &h.lines[k->first + j]);
	}
	if (h.n)
		buf_addstr(out, "</pre>\n");
	hunks_release(&h);
	return 0;
}

int html_change(struct buf *out, const struct diff_pair *p,
		const struct risk *k, const struct delta *d)
{
	mode_t a = p->old.mode, b = p->new.mode;
	int r = 0;

	buf_addf(out, "<h2>%c ", p->kind);
	if (p->kind == DELTA_RENAME) {
		add_name(out, p->old.path);
		buf_addstr(out, " &rarr; ");
	}
	add_name(out, p->new.path);
	buf_addstr(out, S_ISDIR(b ? b : a) ? "/</h2>\n" : "</h2>\n");
	for (size_t i = 0; i < d->n_also; i++) {
		buf_addstr(out, "<p class=\"n\">also ");
		add_name(out, d->also[i]);
		buf_addstr(out, "</p>\n");
	}
	for (size_t i = 0; k && i < k->n; i++) {
		buf_addf(out, "<p class=\"r\">%s: ",
			 risk_classes[k->at[i].class].name);
		add_name(out, k->at[i].why);
		buf_addstr(out, "</p>\n");
	}
	if (a && b && a != b)
		buf_addf(out, "<p class=\"n\">mode %06o, before %06o</p>\n", b,
			 a);
	if (p->old.state || p->new.state)
		buf_addstr(out, "<p class=\"n\">cannot be compared</p>\n");
	else
		r = add_hunks(out, p);
	return !r && buf_oom(out) ? -ENOMEM : r;
}

void html_attempt(struct buf *out, const char *text)
{
	buf_addstr(out, "<p class=\"n\">refused: ");
	add_name(out, text);
	buf_addstr(out, "</p>\n");
}

void html_end(struct buf *out)
{
	buf_addstr(out, "</body></html>\n");
}
