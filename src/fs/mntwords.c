/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/mntwords.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Switches, and how the last word left each. */
enum sw { READ_ONLY, DEVICES, NO_ATIME, NO_DIRATIME, STRICT, N_SWITCHES };

static const struct word {
	const char *text;
	enum sw sw;
	int value;
	int ours;		/* not for libfuse */
} known[] = {
	{ "ro", READ_ONLY, 1, 0 },
	{ "rw", READ_ONLY, 0, 0 },
	{ "dev", DEVICES, 1, 0 },
	{ "nodev", DEVICES, 0, 0 },
	{ "noatime", NO_ATIME, 1, 0 },
	{ "atime", NO_ATIME, 0, 1 },
	{ "nodiratime", NO_DIRATIME, 1, 1 },
	{ "diratime", NO_DIRATIME, 0, 1 },
	{ "strictatime", STRICT, 1, 1 },
	{ "nostrictatime", STRICT, 0, 1 },
	{ "relatime", STRICT, 0, 1 },
	{ "norelatime", STRICT, 0, 1 },
};

static const char max_read[] = "max_read=";

static const struct word *find(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].text) == len &&
		    !memcmp(known[i].text, text, len))
			return &known[i];
	return NULL;
}

/* Its length, up to a comma that has no backslash before it. */
static size_t word_length(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != ',')
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return n;
}

static void pass_on(struct mntwords *w, const char *text, size_t len)
{
	if (w->fuse.len)
		buf_addch(&w->fuse, ',');
	buf_add(&w->fuse, text, len);
}

int mntwords_read(struct mntwords *w, const char *options)
{
	const char *p = options ? options : "";
	int state[N_SWITCHES] = { 0 };
	size_t n;

	for (; *p; p += n + (p[n] == ',')) {
		const struct word *k;

		n = word_length(p);
		k = find(p, n);
		if (k)
			state[k->sw] = k->value;
		else if (!strncmp(p, max_read, sizeof(max_read) - 1))
			w->max_read = (unsigned)strtoul(p + sizeof(max_read) - 1,
							NULL, 10);
		if (n && !(k && k->ours))
			pass_on(w, p, n);
	}
	w->devices = state[DEVICES];
	w->files = state[READ_ONLY] || state[NO_ATIME] ? ATIME_NONE :
		   state[STRICT] ? ATIME_STRICT : ATIME_RELATIVE;
	w->dirs = state[NO_DIRATIME] ? ATIME_NONE : w->files;
	return buf_oom(&w->fuse) ? -ENOMEM : 0;
}

void mntwords_release(struct mntwords *w)
{
	buf_release(&w->fuse);
}
