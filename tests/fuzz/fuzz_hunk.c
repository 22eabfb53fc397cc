/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "review/hunk.h"

/*
 * Two texts and an edit, with a zero byte between them: with all chosen the new
 * text comes out, with nothing the old, whatever was cut; an edit that is taken
 * is built.
 */
static void check(const struct hunks *h, const char *want, size_t len)
{
	struct buf b = BUF_INIT;

	if (hunks_build(h, &b) || b.len != len || memcmp(b.ptr, want, len))
		abort();
	buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *old = (const char *)data, *new, *edit, *end = old + size;
	struct err err = ERR_INIT;
	struct buf text = BUF_INIT;
	struct hunks h;
	size_t parts;

	new = memchr(old, 0, size);
	new = new ? new + 1 : end;
	edit = memchr(new, 0, (size_t)(end - new));
	edit = edit ? edit + 1 : end;
	if (hunks_make(&h, old, (size_t)(new - old), new, (size_t)(edit - new),
		       size % 5, HUNKS_FORCE_TEXT))
		abort();
	for (size_t i = 0; h.state == HUNKS_TEXT && i < h.n; i += parts)
		if (hunk_split(&h, i, &parts))
			abort();
	if (h.state == HUNKS_TEXT) {
		hunks_choose_all(&h, 1);
		check(&h, new, (size_t)(edit - new));
		hunks_choose_all(&h, 0);
		check(&h, old, (size_t)(new - old));
	}
	if (h.n) {
		hunk_text(&h, 0, &text);
		if (hunk_edit(&h, 0, text.ptr, text.len, &err) &&
		    !memchr(text.ptr, '#', text.len))
			abort();
		hunk_edit(&h, h.n - 1, edit, (size_t)(end - edit), &err);
		buf_clear(&text);
		if (hunks_build(&h, &text))
			abort();
	}
	buf_release(&text);
	hunks_release(&h);
	return 0;
}
