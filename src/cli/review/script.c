/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/review/screen.h"
#include "util/esc.h"

static const struct key_name {
	const char *name;
	int key;
} names[] = {
	{ "up", SKEY_UP },	 { "down", SKEY_DOWN },
	{ "left", SKEY_LEFT },	 { "right", SKEY_RIGHT },
	{ "pgup", SKEY_PGUP },	 { "pgdn", SKEY_PGDN },
	{ "home", SKEY_HOME },	 { "end", SKEY_LAST },
	{ "enter", SKEY_ENTER }, { "tab", SKEY_TAB },
	{ "esc", SKEY_ESC },	 { "space", ' ' },
	{ "lt", '<' },		 { "backspace", SKEY_BACKSPACE },
	{ "dump", SKEY_DUMP },
};

static int named_key(const char *name, size_t len, int *lines, int *cols)
{
	char *end;
	long n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len &&
		    !memcmp(names[i].name, name, len))
			return names[i].key;
	if (len < 8 || memcmp(name, "size ", 5))
		return SKEY_BAD;
	n = strtol(name + 5, &end, 10);
	*lines = (int)n;
	if (n < 1 || n > 1000 || *end != 'x')
		return SKEY_BAD;
	n = strtol(end + 1, &end, 10);
	*cols = (int)n;
	return n < 1 || n > 1000 || *end != '>' ? SKEY_BAD : SKEY_SIZE;
}

int script_key(const char **p, int *lines, int *cols)
{
	const char *s = *p, *end;
	unsigned cp;
	size_t n;
	int key;

	for (;;) {
		if (*s == '\n')
			s++;
		else if (*s == '#' && (s == *p || s[-1] == '\n'))
			s += strcspn(s, "\n");
		else
			break;
	}
	*p = s;
	if (!*s)
		return SKEY_END;
	end = *s == '<' ? strchr(s, '>') : NULL;
	if (end) {
		key = named_key(s + 1, (size_t)(end - s - 1), lines, cols);
		*p = end + 1;
		return key;
	}
	n = esc_utf8(s, strlen(s), &cp);
	if (!n || cp < 0x20 || *s == '<')
		return SKEY_BAD;
	*p = s + n;
	return (int)cp;
}
