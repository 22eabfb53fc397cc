/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "scan/mask_make.h"
#include "scan/mask_rewrite.h"

struct mask_plain {
	struct rewrite rw;
	const struct mask_look *look;
	struct place_list *out;
	off_t base;		/* of the piece in the file */
	const struct rule *rule;/* of values; NULL: each finding's own */
};

/* The characters from off on, as they are written in the file. */
static int note(struct mask_plain *p, size_t off, size_t len, const struct rule *rule)
{
	struct place at = { .width = 1, .rule = rule };
	size_t from, to;

	if (!rewrite_span(&p->rw, off, len, &from, &to))
		return 0;
	at.off = p->base + (off_t)from;
	at.len = to - from;
	return place_add(p->out, &at);
}

static int note_finding(void *payload, const struct finding *f)
{
	return note(payload, (size_t)f->off, f->len, f->rule);
}

static int scan_piece(struct mask_plain *p)
{
	struct scan_what what = { .path = p->look->origin,
				  .least = p->look->least, .all = 1,
				  .fn = note_finding, .payload = p };
	struct scan_result res = { 0 };
	int r;

	r = scan_mem(p->look->scan, &what, p->rw.text.ptr, p->rw.text.len, &res);
	return r ? r : res.state == SCAN_COMPLETE ? 0 : -EFBIG;
}

struct mask_plain *mask_plain_new(const struct mask_look *look)
{
	struct mask_plain *p = calloc(1, sizeof(*p));

	if (p) {
		p->rw = (struct rewrite)REWRITE_INIT;
		p->rw.sections = mask_has_sections(look->origin);
		p->look = look;
		p->out = look->out;
	}
	return p;
}

void mask_plain_free(struct mask_plain *p)
{
	if (!p)
		return;
	rewrite_release(&p->rw);
	free(p);
}

int mask_plain_piece(struct mask_plain *p, const struct mask_piece *piece)
{
	int r;

	p->base = piece->off;
	r = rewrite(&p->rw, piece->s, piece->len);
	return r > 0 ? scan_piece(p) : r;
}

int mask_plain_values(struct place_list *out, const struct rule *rule,
		      const char *origin, const char *s, size_t len)
{
	struct place_list found = { NULL, 0, 0 };
	struct mask_plain p = { .rw = REWRITE_INIT, .out = out, .rule = rule };
	int r;

	p.rw.sections = mask_has_sections(origin);
	r = rewrite(&p.rw, s, len);
	if (r > 0)
		r = mask_values(&found, rule, p.rw.text.ptr, p.rw.text.len);
	for (size_t i = 0; !r && i < found.n; i++)
		r = note(&p, (size_t)found.at[i].off, found.at[i].len, rule);
	place_list_release(&found);
	rewrite_release(&p.rw);
	return r;
}
