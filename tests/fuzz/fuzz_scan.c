/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "scan/scan.h"

/*
 * The scan of any bytes with all shipped rules: it neither crashes nor hangs,
 * and what it reports lies in the input, in order. The first byte chooses the
 * path, so that rules of paths take part. Rules are read from $SCRIM_RULES.
 */

struct seen {
	off_t last;
	size_t size;
};

static int note(void *payload, const struct finding *f)
{
	struct seen *s = payload;

	if (f->off < s->last || f->off + (off_t)f->len > (off_t)s->size ||
	    !f->len || !f->line || !f->column || f->end_line < f->line)
		abort();
	s->last = f->off;
	return 0;
}

static struct scanner *make_scanner(void)
{
	const char *dir = getenv("SCRIM_RULES");
	struct err err = ERR_INIT;
	struct ruleset *rules;
	struct scanner *sc;

	if (ruleset_new(&rules) ||
	    ruleset_read_dir(rules, dir ? dir : "rules", ORIGIN_SHIPPED,
			     &err) || scanner_new(&sc, rules, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	return sc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {
		"a.c", ".env", "a.yml", ".npmrc", ".netrc", ".pgpass", "a.md",
		"shadow", "a.tfstate", "a.p12", "settings.xml", "x", NULL,
	};
	static struct scanner *sc;
	struct seen seen = { 0, size };
	struct scan_what what = { .fn = note, .payload = &seen };
	struct scan_result res;
	struct scan *s;

	if (!sc)
		sc = make_scanner();
	if (size) {
		what.path = paths[data[0] % (sizeof(paths) / sizeof(paths[0]))];
		data++;
		seen.size = --size;
	}
	s = scan_begin(sc);
	if (!s || scan_mem(s, &what, data, size, &res))
		abort();
	scan_end(sc, s);
	return 0;
}
