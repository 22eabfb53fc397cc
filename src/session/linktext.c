/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/linktext.h"

#include <string.h>

/* Past slashes and "." components. */
static const char *next_part(const char *s)
{
	for (;;) {
		if (*s == '/')
			s++;
		else if (*s == '.' && (s[1] == '/' || !s[1]))
			s++;
		else
			return s;
	}
}

size_t link_prefix(const char *target, const char *dir)
{
	const char *at = target;

	if (*target != '/' || *dir != '/')
		return 0;
	for (dir++; *dir;) {
		size_t n = strcspn(dir, "/");

		at = next_part(at);
		if (strncmp(at, dir, n) || (at[n] && at[n] != '/'))
			return 0;
		at += n;
		dir += n + (dir[n] == '/');
	}
	return (size_t)(at - target);
}

void link_move(struct buf *target, const char *from, const char *to)
{
	struct buf moved = BUF_INIT;
	size_t n;

	if (!from || !to || buf_oom(target))
		return;
	n = link_prefix(target->ptr, from);
	if (!n)
		return;
	buf_addstr(&moved, to);
	buf_add(&moved, target->ptr + n, target->len - n);
	buf_release(target);
	*target = moved;
}
