/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_HTML_H
#define REVIEW_HTML_H

#include "review/diff.h"
#include "review/risk.h"

/*
 * Changes as one page of HTML for a pull request or a record: self-contained, no
 * script, nothing fetched. Its policy (CSP) forbids everything but the one style
 * sheet in it, by hash, so even a hole in the escaping could load or run nothing.
 *
 *   html_begin, html_change for each, html_end
 *
 * All text of others goes through util/esc.h and then through the escaping of
 * HTML; there is no attribute in the page that holds any.
 */
struct html_head {
	const char *session, *workspace;
	size_t changes;
	long added, removed;	/* lines */
	size_t attempts;	/* what the agent was refused */
};

void html_begin(struct buf *out, const struct html_head *h);
/* Fails without memory only. k may be NULL. */
int html_change(struct buf *out, const struct diff_pair *p,
		const struct risk *k, const struct delta *d);
/* One line of what was refused. */
void html_attempt(struct buf *out, const char *text);
void html_end(struct buf *out);

/* For text that is put into a page: escaped twice, as above. */
void html_text(struct buf *out, const char *s, size_t len, int esc_flags);

#endif
