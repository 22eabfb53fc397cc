/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/byproduct.h"

#include <string.h>

/* A by-product of a by-product of a by-product is still one. */
#define DEPTH 3

struct cut {
	const char *prefix, *suffix;
	size_t p, e;		/* their lengths */
	int opaque;
};

#define CUT(prefix, suffix, opaque) \
	{ prefix, suffix, sizeof(prefix) - 1, sizeof(suffix) - 1, opaque }

/* In order of the last byte of the suffix, empty ones last. */
static const struct cut cuts[] = {
	CUT("#", "#", 0),
	CUT("", " (copy)", 0),
	CUT("", ".bz2", 1),
	CUT("", ".kate-swp", 1),	CUT(".", ".kate-swp", 1),
	CUT("", ".swp", 1),		CUT(".", ".swp", 1),
	CUT("", ".zip", 1),
	CUT("", ".old", 0),		CUT("", ".dpkg-old", 0),
	CUT("", ".ucf-old", 0),		CUT("", "-old", 0),
	CUT("", "_old", 0),		CUT("", ".saved", 0),
	CUT("", ".save", 0),		CUT("", ".rpmsave", 0),
	CUT("", ".pacsave", 0),		CUT("", ".autosave", 0),
	CUT("", ".orig", 0),		CUT("", ".rpmorig", 0),
	CUT("", ".origin", 0),
	CUT("", ".bak", 0),		CUT("", "_bak", 0),
	CUT("", "-bak", 0),
	CUT("", ".journal", 1),		CUT("", "-journal", 1),
	CUT("", "-wal", 1),		CUT("", ".original", 0),
	CUT("", "-shm", 1),		CUT("", ".tar", 1),
	CUT("", ".rar", 1),		CUT("", ".b64", 1),
	CUT("", ".base64", 1),		CUT("", ".lz4", 1),
	CUT("", ".swn", 1),		CUT(".", ".swn", 1),
	CUT("", ".swo", 1),		CUT(".", ".swo", 1),
	CUT("", ".backup", 0),		CUT("", "-backup", 0),
	CUT("", "_backup", 0),		CUT("", ".tmp", 0),
	CUT("", ".temp", 0),
	CUT("", ".part", 0),		CUT("", ".dpkg-dist", 0),
	CUT("", ".zst", 1),
	CUT("", ".rpmnew", 0),		CUT("", ".dpkg-new", 0),
	CUT("", ".pacnew", 0),		CUT("", ".new", 0),
	CUT("", ".prev", 0),		CUT("", ",v", 1),
	CUT("", ".swx", 1),		CUT(".", ".swx", 1),
	CUT("", ".copy", 0),		CUT("", "-copy", 0),
	CUT("", "_copy", 0),		CUT("", " copy", 0),
	CUT("", ".gz", 1),		CUT("", ".xz", 1),
	CUT("", ".tgz", 1),		CUT("", ".7z", 1),
	CUT("", ".un~", 1),		CUT(".", ".un~", 1),
	CUT("", "~", 0),
	CUT(".#", "", 0),		CUT("copy of ", "", 0),
};

/* The usual name is none of them: most are told by their last byte. */
static int may_be_cut(const char *name, size_t len)
{
	return strchr("#)24pdegkmnlortwvyxz~", name[len - 1]) ||
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
	if (len <= c->p + c->e ||
	    (c->e && name[len - 1] != c->suffix[c->e - 1]) ||
	    memcmp(name, c->prefix, c->p) ||
	    memcmp(name + len - c->e, c->suffix, c->e))
		return 0;
	return found(s, name + c->p, len - c->p - c->e, opaque | c->opaque,
		     depth);
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

static int all_digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	return len && n == len;
}

static int holds(const char *s, size_t len, const char *word)
{
	return memmem(s, len, word, strlen(word)) != NULL;
}

/* " (1)", "(copy)", " (somebody's conflicted copy 2024-01-31)" at the end. */
static size_t bracket_length(const char *name, size_t len)
{
	const char *open = len ? memrchr(name, '(', len) : NULL;
	size_t n;

	if (!open || name[len - 1] != ')')
		return 0;
	n = len - (size_t)(open - name) - 2;
	if (!all_digits(open + 1, n) && !holds(open + 1, n, "copy") &&
	    !holds(open + 1, n, "conflict"))
		return 0;
	while (open > name && (open[-1] == ' ' || open[-1] == '_'))
		open--;
	return len - (size_t)(open - name);
}

/* What file managers put behind a name: that, " copy 2", " - Copy", " 2". */
static size_t mark_length(const char *name, size_t len)
{
	static const char *const words[] = { " - copy", " copy", "-copy",
					     "_copy" };
	size_t n = bracket_length(name, len), end;

	if (n)
		return n;
	while (n < 3 && n < len && all_digits(name + len - n - 1, 1))
		n++;
	n = n && n < 3 && n < len && name[len - n - 1] == ' ' ? n + 1 : 0;
	end = len - n;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t w = strlen(words[i]);

		if (end > w && !memcmp(name + end - w, words[i], w))
			return n + w;
	}
	return n;
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

/* At the end of the name, or before its extension: "credentials (1).json". */
static int try_mark(const struct search *s, const char *name, size_t len,
		    int opaque, int depth)
{
	const char *dot = memrchr(name, '.', len);
	size_t n = mark_length(name, len), stem;
	char whole[BYPRODUCT_NAME_MAX];
	int r = 0;

	if (n && n < len)
		r = found(s, name, len - n, opaque, depth);
	stem = dot ? (size_t)(dot - name) : 0;
	n = r ? 0 : mark_length(name, stem);
	if (!n || n >= stem)
		return r;
	memcpy(whole, name, stem - n);
	memcpy(whole + stem - n, dot, len - stem);
	return found(s, whole, len - n, opaque, depth);
}

static int each(const struct search *s, const char *name, size_t len,
		int opaque, int depth)
{
	size_t n = sizeof(cuts) / sizeof(cuts[0]);
	int r = 0;

	if (!len)
		return 0;
	if (!may_be_cut(name, len))
		n = 0;
	for (size_t i = 0; !r && i < n; i++)
		r = try_cut(s, &cuts[i], name, len, opaque, depth);
	r = r ? r : try_mark(s, name, len, opaque, depth);
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
