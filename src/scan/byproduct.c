/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/byproduct.h"

#include <string.h>

/* A by-product of a by-product of a by-product is still one. */
#define DEPTH 3

struct cut {
	const char *prefix, *suffix;
	int opaque;
};

/* In order of the last byte of the suffix, empty ones last. */
static const struct cut cuts[] = {
	{ "#", "#", 0 },
	{ "", " (copy)", 0 },
	{ "", ".bz2", 1 },
	{ "", ".kate-swp", 1 },		{ ".", ".kate-swp", 1 },
	{ "", ".swp", 1 },		{ ".", ".swp", 1 },
	{ "", ".zip", 1 },
	{ "", ".old", 0 },		{ "", ".dpkg-old", 0 },
	{ "", ".ucf-old", 0 },		{ "", "-old", 0 },
	{ "", "_old", 0 },		{ "", ".saved", 0 },
	{ "", ".save", 0 },		{ "", ".rpmsave", 0 },
	{ "", ".pacsave", 0 },		{ "", ".autosave", 0 },
	{ "", ".orig", 0 },		{ "", ".rpmorig", 0 },
	{ "", ".origin", 0 },
	{ "", ".bak", 0 },		{ "", "_bak", 0 },
	{ "", "-bak", 0 },
	{ "", ".journal", 1 },		{ "", "-journal", 1 },
	{ "", "-wal", 1 },		{ "", ".original", 0 },
	{ "", "-shm", 1 },
	{ "", ".swn", 1 },		{ ".", ".swn", 1 },
	{ "", ".swo", 1 },		{ ".", ".swo", 1 },
	{ "", ".backup", 0 },		{ "", "-backup", 0 },
	{ "", "_backup", 0 },		{ "", ".tmp", 0 },
	{ "", ".temp", 0 },
	{ "", ".part", 0 },		{ "", ".dpkg-dist", 0 },
	{ "", ".zst", 1 },
	{ "", ".rpmnew", 0 },		{ "", ".dpkg-new", 0 },
	{ "", ".pacnew", 0 },		{ "", ".new", 0 },
	{ "", ".prev", 0 },		{ "", ",v", 1 },
	{ "", ".swx", 1 },		{ ".", ".swx", 1 },
	{ "", ".copy", 0 },		{ "", "-copy", 0 },
	{ "", "_copy", 0 },		{ "", " copy", 0 },
	{ "", ".gz", 1 },		{ "", ".xz", 1 },
	{ "", ".un~", 1 },		{ ".", ".un~", 1 },
	{ "", "~", 0 },
	{ ".#", "", 0 },		{ "copy of ", "", 0 },
};

/* The usual name is none of them: most are told by their last byte. */
static int may_be_cut(const char *name, size_t len)
{
	return strchr("#)2pdegkmnlotwvyxz~", name[len - 1]) ||
	       (len > 2 && name[0] == '.' && name[1] == '#') ||
	       (len > 8 && !memcmp(name, "copy of ", 8));
}

struct search {
	byproduct_fn fn;
	void *payload;
};

static int each(const struct search *s, const char *name, size_t len,
		int opaque, int depth);

static int found(const struct search *s, const char *name, size_t len,
		 int opaque, int depth)
{
	struct byproduct b = { name, len, opaque };
	int r = s->fn(s->payload, &b);

	return r || !depth ? r : each(s, name, len, opaque, depth - 1);
}

static int try_cut(const struct search *s, const struct cut *c,
		   const char *name, size_t len, int opaque, int depth)
{
	size_t p = strlen(c->prefix), e = strlen(c->suffix);

	if (len <= p + e || (e && name[len - 1] != c->suffix[e - 1]) ||
	    memcmp(name, c->prefix, p) ||
	    memcmp(name + len - e, c->suffix, e))
		return 0;
	return found(s, name + p, len - p - e, opaque | c->opaque, depth);
}

/* A number or a time at the end: ".1", ".~1~", "-20240131", ".2024-01-31T10:00". */
static size_t number_length(const char *name, size_t len)
{
	size_t n = 0;
	int digits = 0;

	while (n < len && strchr("0123456789.-_:~tz", name[len - 1 - n])) {
		digits |= name[len - 1 - n] >= '0' && name[len - 1 - n] <= '9';
		n++;
	}
	/* What is cut off begins with a mark, not in the middle of a word. */
	while (n && !strchr(".-_", name[len - n]))
		n--;
	return digits ? n : 0;
}

/* The temporary file of a copying tool: ".NAME.Ab12Cd". */
static int is_temporary(const char *name, size_t len)
{
	if (len < 9 || *name != '.' || name[len - 7] != '.')
		return 0;
	for (size_t i = len - 6; i < len; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') ||
		      (name[i] >= '0' && name[i] <= '9')))
			return 0;
	return 1;
}

static int each(const struct search *s, const char *name, size_t len,
		int opaque, int depth)
{
	size_t n;
	int r = 0;

	if (!len)
		return 0;
	for (size_t i = 0; !r && may_be_cut(name, len) &&
			   i < sizeof(cuts) / sizeof(cuts[0]); i++)
		r = try_cut(s, &cuts[i], name, len, opaque, depth);
	n = r ? 0 : number_length(name, len);
	/* "core.5.gz" is a page of the manual. */
	if (n == 2 && opaque && name[len - 2] == '.')
		n = 0;
	if (n && n < len)
		r = found(s, name, len - n, opaque, depth);
	if (!r && is_temporary(name, len))
		r = found(s, name + 1, len - 8, opaque, depth);
	return r;
}

int byproduct_each(const char *name, size_t len, byproduct_fn fn,
		   void *payload)
{
	struct search s = { fn, payload };

	if (len > BYPRODUCT_NAME_MAX)
		return 0;
	return each(&s, name, len, 0, DEPTH - 1);
}
