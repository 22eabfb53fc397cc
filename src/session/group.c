/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/path.h"

/* Of session_check_name's 64, with room for a number. */
#define NAME_MAX_LEN 56

int group_same(const struct session *a, const struct session *b)
{
	return a->group && b->group && !strcmp(a->group, b->group);
}

/* Keeps those of one group, the oldest first. */
static void keep_group(struct session_list *l, const char *group)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct session *s = l->at[i];

		if (s->group && !strcmp(s->group, group))
			l->at[n++] = s;
		else
			session_close(s);
	}
	l->n = n;
	for (size_t i = 0; i < n / 2; i++) {
		struct session *s = l->at[i];

		l->at[i] = l->at[n - 1 - i];
		l->at[n - 1 - i] = s;
	}
}

/* The mark of the sessions of that name, if all of them have the same. */
static const char *group_of_name(const struct session_list *l, const char *name)
{
	const struct session *first = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const struct session *s = l->at[i];

		if (!s->name || strcmp(s->name, name))
			continue;
		if (first && !group_same(first, s))
			return NULL;
		first = s;
	}
	return first ? first->group : NULL;
}

int group_parts(const struct session_where *where, struct session_list *out,
		struct err *err)
{
	struct session_list list = { NULL, 0 };
	struct session *s = NULL;
	struct err inner = ERR_INIT;
	const char *group = NULL;
	char *copy = NULL;
	int r = session_open(&s, where, &inner);

	if (r && r != -ENOTUNIQ)
		return 0;
	if (s && (!s->group || (where->session &&
				!strcmp(where->session, s->id))))
		goto out;
	r = session_list(where->state_dir, &list, err);
	if (r)
		goto out;
	group = s ? s->group : group_of_name(&list, where->session);
	copy = group ? strdup(group) : NULL;
	if (copy)
		keep_group(&list, copy);
	if (!copy || list.n < 2)
		session_list_release(&list);
out:
	session_close(s);
	free(copy);
	*out = list;
	return r == -ENOTUNIQ ? 0 : r;
}

/* ========== a name ========== */

/* What a name may be made of; it begins with a letter or a digit. */
static void add_word(struct buf *out, const char *workspace)
{
	const char *word = path_base(workspace);

	for (; *word && out->len < NAME_MAX_LEN; word++)
		if (strchr("-._", *word) ? out->len != 0 :
		    (*word >= '0' && *word <= '9') ||
		    (*word >= 'a' && *word <= 'z') ||
		    (*word >= 'A' && *word <= 'Z'))
			buf_addch(out, *word);
}

static int is_taken(const struct session_list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->at[i]->id, name) ||
		    (l->at[i]->name && !strcmp(l->at[i]->name, name)))
			return 1;
	return 0;
}

int group_name(const char *state_dir, const char *const *workspaces, size_t n,
	       char **out, struct err *err)
{
	struct session_list list = { NULL, 0 };
	struct buf name = BUF_INIT;
	size_t len;
	int r = session_list(state_dir, &list, err);

	if (r)
		return r;
	for (size_t i = 0; i < n && name.len < NAME_MAX_LEN; i++) {
		if (name.len)
			buf_addch(&name, '-');
		add_word(&name, workspaces[i]);
	}
	if (!name.len)
		buf_addstr(&name, "session");
	len = name.len;
	for (unsigned k = 2; is_taken(&list, name.ptr); k++) {
		buf_cut(&name, len);
		buf_addf(&name, "-%u", k);
	}
	*out = buf_oom(&name) ? NULL : buf_take(&name);
	if (!*out)
		r = err_errno(err, -ENOMEM, "session's name");
	buf_release(&name);
	session_list_release(&list);
	return r;
}
