/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/risk.h"

#include <errno.h>
#include <string.h>

#include "scan/scan.h"

struct hunt {
	const struct buf *old;
	struct risk *out;
	size_t n;
	unsigned long line;	/* of the first */
	const struct rule *rule;
};

/* What was there before is not the agent's doing. */
static int found(void *payload, const struct finding *f)
{
	struct hunt *h = payload;
	size_t chars = f->len / (size_t)(f->width ? f->width : 1);

	if (memmem(h->old->ptr, h->old->len, f->secret, chars))
		return 0;
	if (!h->n++) {
		h->line = f->line;
		h->rule = f->rule;
	}
	return 0;
}

int risk_of_secrets(struct scanner *sc, const char *path,
		    const struct buf *old, const struct buf *new,
		    struct risk *out)
{
	struct hunt h = { .old = old, .out = out };
	struct scan_what what = {
		.path = path,
		.least = CONFIDENCE_MEDIUM,
		.fn = found,
		.payload = &h,
	};
	struct scan *s = scan_begin(sc);
	struct scan_result res;
	int r;

	if (!s)
		return -ENOMEM;
	r = scan_mem(s, &what, new->ptr, new->len, &res);
	scan_end(sc, s);
	if (r == -ENOMEM)
		return r;
	if (h.n)
		return risk_add(out, RISK_SECRET, "line %lu: %s%s", h.line,
				rule_id(h.rule), h.n > 1 ? ", and more" : "");
	if (r || res.state != SCAN_COMPLETE)
		return risk_add(out, RISK_SECRET, "could not be searched for"
				" secrets: %s", r ? strerror(-r) :
				scan_state_text(res.state));
	return 0;
}
