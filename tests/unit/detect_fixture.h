/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_DETECT_FIXTURE_H
#define TESTS_UNIT_DETECT_FIXTURE_H

/*
 * A scanner of some rules, and what it finds in a text. A test defines DETECTED, one
 * finding as text, of the finding f, before it includes this.
 *
 *	detect_start(RULES) in the group's start, detect_stop at its end, gives
 */
#include "scratch.h"

#include "scan/detect.h"
#include "scan/scan.h"

static struct ruleset *set;
static struct scanner *sc;
static struct scan *s;

static int detect_start(const char *rules)
{
	struct err err = ERR_INIT;

	if (ruleset_new(&set) ||
	    ruleset_parse(set, "t.ini", rules, strlen(rules), ORIGIN_USER,
			  &err) || scanner_new(&sc, set, &err))
		return -1;
	s = scan_begin(sc);
	return s ? 0 : -1;
}

static int detect_stop(void **state)
{
	scan_end(sc, s);
	scanner_free(sc);
	ruleset_free(set);
	return 0;
}

static int detect_note(void *payload, const struct finding *f)
{
	char *got = payload;
	size_t n = strlen(got);

	snprintf(got + n, 100 - n, DETECTED);
	return 0;
}

static void gives(const char *path, const char *text, const char *want)
{
	char got[100] = "";
	struct scan_what what = { .path = path, .fn = detect_note,
				  .payload = got };
	struct scan_result res;

	assert_int_equal(scan_mem(s, &what, text, strlen(text), &res), 0);
	assert_string_equal(got, want);
}

#endif
