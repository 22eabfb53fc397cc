/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/page.h"

#include <errno.h>

#include "cli/attempts.h"
#include "review/html.h"
#include "session/session.h"

#define ATTEMPTS_SHOWN 1000

struct attempts {
	struct buf *out;
	size_t n;
};

static void add_attempt(void *payload, const struct json_t *record,
			const char *text)
{
	struct attempts *a = payload;

	if (a->n++ < ATTEMPTS_SHOWN)
		html_attempt(a->out, text);
}

static int add_change(const struct page *p, size_t i, struct buf *out)
{
	struct diff_pair pair;
	int r;

	r = diff_load(&p->c->source, &p->c->list.at[i], DIFF_SHOW_MAX, &pair);
	if (r)
		return r;
	r = html_change(out, &pair, &p->c->risk[i], &p->c->list.at[i]);
	diff_pair_release(&pair);
	return r;
}

int page_write(const struct page *p, FILE *to, struct err *err)
{
	struct html_head head = {
		.session = changes_name(p->c),
		.workspace = p->c->use.session->workspace,
		.changes = p->n,
		.added = p->added,
		.removed = p->removed,
	};
	struct buf out = BUF_INIT, refused = BUF_INIT;
	struct attempts a = { &refused, 0 };
	int r;

	r = attempts_each(p->c, add_attempt, &a, err);
	head.attempts = a.n;
	html_begin(&out, &head);
	for (size_t i = 0; !r && i < p->n; i++) {
		r = add_change(p, p->which[i], &out);
		if (r)
			err_errno(err, r, "cannot compare");
	}
	buf_add(&out, refused.ptr, refused.len);
	html_end(&out);
	if (!r && (buf_oom(&out) || buf_oom(&refused)))
		r = err_set(err, -ENOMEM, "out of memory");
	if (!r)
		fwrite(out.ptr, 1, out.len, to);
	buf_release(&out);
	buf_release(&refused);
	return r;
}
