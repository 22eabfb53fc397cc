/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/plan_content.h"
#include "util/io.h"
#include "util/path.h"

/* What became of the workspace's object since the agent first changed it. */
enum now_state {
	NOW_SAME = 1 << 0,
	NOW_NONE = 1 << 1,	/* nothing was there, nothing is */
	NOW_CAME = 1 << 2,	/* nothing was there, something is */
	NOW_GONE = 1 << 3,
	NOW_CHANGED = 1 << 4,	/* of the same type, with other content */
	NOW_MODE = 1 << 5,	/* of the same content, with another mode */
	NOW_TYPE = 1 << 6,	/* of another type */
	NOW_EQUAL = 1 << 7,	/* as the agent has it */
	NOW_ANY = 0xff,
};

/* Kinds of change that the table knows. */
enum act {
	ACT_ADD = 1 << 0,
	ACT_CONTENT = 1 << 1,	/* content and maybe more */
	ACT_META = 1 << 2,	/* mode, owner, times only */
	ACT_TYPE = 1 << 3,
	ACT_DELETE = 1 << 4,
	ACT_MOVE = 1 << 5,	/* renamed, content as it was */
	ACT_MOVE_CONTENT = 1 << 6,
	ACT_ANY = 0x7f,
};

static const struct row {
	unsigned act, now;
	enum plan_verdict verdict;
	const char *why;
} table[] = {
	{ ACT_DELETE, NOW_GONE, PLAN_NOTHING, NULL },
	{ ACT_ANY & ~ACT_DELETE, NOW_EQUAL, PLAN_NOTHING, NULL },
	{ ACT_ADD, NOW_NONE | NOW_SAME, PLAN_ADD, NULL },
	{ ACT_ADD, NOW_CAME, PLAN_CONFLICT, "you have made another there" },
	{ ACT_CONTENT, NOW_SAME, PLAN_WRITE, NULL },
	{ ACT_CONTENT, NOW_CHANGED | NOW_MODE, PLAN_MERGE, NULL },
	{ ACT_META, NOW_SAME | NOW_CHANGED, PLAN_META, NULL },
	{ ACT_META, NOW_MODE, PLAN_CONFLICT, "you have changed its mode too" },
	{ ACT_TYPE, NOW_SAME, PLAN_WRITE, NULL },
	{ ACT_DELETE, NOW_SAME, PLAN_REMOVE, NULL },
	{ ACT_DELETE, NOW_CHANGED | NOW_MODE | NOW_TYPE | NOW_CAME,
	  PLAN_CONFLICT, "you have changed what the agent deleted" },
	{ ACT_MOVE, NOW_SAME | NOW_CHANGED | NOW_MODE, PLAN_MOVE, NULL },
	{ ACT_MOVE_CONTENT, NOW_SAME, PLAN_ADD, NULL },
	{ ACT_MOVE_CONTENT, NOW_CHANGED | NOW_MODE, PLAN_MERGE, NULL },
	{ ACT_ANY, NOW_GONE, PLAN_CONFLICT, "you have deleted it" },
	{ ACT_ANY, NOW_TYPE, PLAN_CONFLICT,
	  "you have put another type of object there" },
	{ ACT_ANY, NOW_ANY, PLAN_CONFLICT, "you have changed it too" },
};

static const char *const verdict_names[PLAN_VERDICTS] = {
	[PLAN_ADD] = "add",
	[PLAN_WRITE] = "write",
	[PLAN_MERGE] = "merge",
	[PLAN_MOVE] = "move",
	[PLAN_META] = "meta",
	[PLAN_REMOVE] = "remove",
	[PLAN_MOVED] = "moved",
	[PLAN_NOTHING] = "nothing",
	[PLAN_LEFT] = "left",
	[PLAN_CONFLICT] = "conflict",
	[PLAN_REFUSED] = "refused",
};

const char *plan_verdict_name(enum plan_verdict v)
{
	return verdict_names[v];
}

int plan_acts(enum plan_verdict v)
{
	return v <= PLAN_MOVED;
}

int plan_is_blocked(const struct plan *p)
{
	return p->count[PLAN_CONFLICT] || p->count[PLAN_REFUSED];
}

int plan_set(struct plan_item *it, enum plan_verdict v, const char *fmt, ...)
{
	char *why = NULL;
	va_list ap;
	int r;

	if (fmt) {
		va_start(ap, fmt);
		r = vasprintf(&why, fmt, ap);
		va_end(ap);
		if (r < 0)
			return -ENOMEM;
	}
	free(it->why);
	it->why = why;
	it->verdict = v;
	return 0;
}

struct plan_item *plan_find(const struct plan *p, const char *path, size_t len)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const char *at = p->at[mid].d->path;
		int c = strncmp(at, path, len);

		if (!c)
			c = at[len] != '\0';
		if (!c)
			return &p->at[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static enum act act_of(const struct delta *d)
{
	int content = d->flags & DELTA_CONTENT && !S_ISDIR(d->st.st_mode);

	switch (d->kind) {
	case DELTA_ADD:
		return ACT_ADD;
	case DELTA_DELETE:
		return ACT_DELETE;
	case DELTA_TYPE:
		return ACT_TYPE;
	case DELTA_RENAME:
		if (S_ISDIR(d->st.st_mode))
			return ACT_ADD;
		return content ? ACT_MOVE_CONTENT : ACT_MOVE;
	case DELTA_MODIFY:
		break;
	}
	return content ? ACT_CONTENT : ACT_META;
}

/* A directory's size and times change with its entries, which are their own. */
static enum now_state moved_state(const struct delta *d, const struct stat *now)
{
	if (!d->base.st_mode)
		return now->st_mode ? NOW_CAME : NOW_NONE;
	if (!now->st_mode)
		return NOW_GONE;
	if ((d->base.st_mode ^ now->st_mode) & S_IFMT)
		return NOW_TYPE;
	if (!S_ISDIR(now->st_mode) &&
	    (now->st_size != d->base.st_size ||
	     io_time_cmp(&now->st_mtim, &d->base.st_mtim) ||
	     now->st_ino != d->base.st_ino))
		return NOW_CHANGED;
	if ((d->base.st_mode ^ now->st_mode) & 07777)
		return NOW_MODE;
	return d->flags & DELTA_BASE_MOVED && !S_ISDIR(now->st_mode) ?
	       NOW_CHANGED : NOW_SAME;
}

static int wants_mode(const struct delta *d)
{
	return d->flags & DELTA_MODE || d->kind == DELTA_ADD ||
	       d->kind == DELTA_TYPE;
}

/* 1 where the workspace has just what the agent made. */
static int is_equal(const struct plan_input *in, const struct delta *d)
{
	mode_t bits = S_ISLNK(d->st.st_mode) ? S_IFMT :
		      d->kind == DELTA_ADD ? S_IFMT | 0100 : S_IFMT | 07777;

	if ((d->st.st_mode ^ d->now.st_mode) & S_IFMT)
		return 0;
	if (wants_mode(d) && (d->st.st_mode ^ d->now.st_mode) & bits)
		return 0;
	if (S_ISDIR(d->st.st_mode))
		return d->kind != DELTA_MODIFY || d->flags & DELTA_MODE;
	if (act_of(d) == ACT_META)
		return d->flags & DELTA_MODE && d->flags & DELTA_BASE_MOVED;
	return plan_same_content(in, d);
}

static enum now_state state_of(const struct plan_input *in,
			       const struct delta *d)
{
	enum now_state s = moved_state(d, &d->now);

	if (S_ISLNK(d->st.st_mode) && act_of(d) == ACT_META)
		return NOW_EQUAL;	/* a link's mode and times do not count */
	if (s & (NOW_SAME | NOW_NONE | NOW_GONE) || d->kind == DELTA_DELETE ||
	    d->kind == DELTA_RENAME)
		return s;
	return is_equal(in, d) ? NOW_EQUAL : s;
}

static int decide(const struct plan_input *in, struct plan_item *it)
{
	const struct delta *d = it->d;
	enum act act = act_of(d);
	enum now_state now = state_of(in, d);

	/* A renamed directory is a new one; what is in it moves by itself. */
	if (d->kind == DELTA_RENAME && act == ACT_ADD)
		now = NOW_NONE;
	for (const struct row *row = table;; row++)
		if (row->act & act && row->now & now)
			return plan_set(it, row->verdict, row->why ? "%s" : NULL,
					row->why);
}

static mode_t final_mode(const struct delta *d)
{
	mode_t type = d->st.st_mode & S_IFMT;

	if (d->kind == DELTA_DELETE)
		return 0;
	if (wants_mode(d) || !d->now.st_mode)
		return d->st.st_mode;
	return type | (d->now.st_mode & 07777);
}

static int is_known_type(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

static int is_unprotected(const struct plan_opts *o, const char *path)
{
	for (size_t i = 0; i < o->n_unprotect; i++)
		if (!strcmp(o->unprotect[i], path))
			return 1;
	return 0;
}

static void name_classes(unsigned classes, struct buf *out)
{
	for (int i = 0; i < RISK_N; i++)
		if (classes & 1u << i)
			buf_addf(out, "%s%s", out->len ? "," : "",
				 risk_classes[i].name);
}

int plan_check_risk(const struct plan_opts *o, unsigned risk,
		    struct plan_item *it, const char *name)
{
	unsigned left = risk & risk_at_least(RISK_ASK) & ~o->allow;
	struct buf names = BUF_INIT;
	int r = 0;

	if (!left)
		return 0;
	name_classes(left, &names);
	it->risk |= risk;
	if (name)
		r = plan_set(it, PLAN_LEFT, "%s, another name of it, is"
			     " dangerous: needs --allow %s", name, names.ptr);
	else
		r = plan_set(it, PLAN_LEFT, "dangerous: needs --allow %s",
			     names.ptr);
	buf_release(&names);
	return r;
}

/* What forbids a change whatever the workspace holds. */
static int check_allowed(const struct plan_opts *o, struct plan_item *it)
{
	const struct delta *d = it->d;

	if (d->flags & DELTA_SHADOW && !is_unprotected(o, d->path))
		return plan_set(it, PLAN_LEFT, "a protected file is here;"
				" --protected PATH replaces it");
	if (d->kind == DELTA_DELETE && d->flags & DELTA_KEEPS)
		return plan_set(it, PLAN_LEFT,
				"kept: protected files are in it");
	if (d->kind != DELTA_DELETE && !is_known_type(d->st.st_mode))
		return plan_set(it, PLAN_LEFT, "a %s is not applied",
				S_ISFIFO(d->st.st_mode) ? "pipe" :
				S_ISSOCK(d->st.st_mode) ? "socket" : "device");
	if (d->kind == DELTA_MODIFY &&
	    !(d->flags & (DELTA_CONTENT | DELTA_MODE | DELTA_OWNER |
			  DELTA_TIMES)))
		return plan_set(it, PLAN_LEFT,
				"extended attributes are not applied");
	return plan_check_risk(o, it->risk, it, NULL);
}

static int plan_one(const struct plan_input *in, struct plan_item *it)
{
	int r;

	it->mode = final_mode(it->d);
	it->now = it->d->now;
	r = decide(in, it);
	if (!r && it->verdict != PLAN_NOTHING)
		r = check_allowed(in->o, it);
	if (!r && it->verdict == PLAN_LEFT)
		return 0;
	if (!r && plan_acts(it->verdict))
		r = plan_content(in, it);
	return r;
}

static int count_items(struct plan *p)
{
	memset(p->count, 0, sizeof(p->count));
	for (size_t i = 0; i < p->n; i++)
		if (p->at[i].selected && !plan_is_also(&p->at[i]))
			p->count[p->at[i].verdict]++;
	return 0;
}

int plan_make(struct plan *out, const struct delta_list *list,
	      const struct source *s, int ws, const struct plan_opts *o,
	      struct err *err)
{
	struct io_parent last = IO_PARENT_NONE;
	struct plan_input in = { s, o, ws, out, &last };
	int r = 0;

	memset(out, 0, sizeof(*out));
	out->at = calloc(list->n + 1, sizeof(*out->at));
	if (!out->at)
		return err_set(err, -ENOMEM, "out of memory");
	out->n = list->n;
	for (size_t i = 0; i < list->n; i++) {
		out->at[i].d = &list->at[i];
		out->at[i].risk = o->risk ? o->risk[i] : 0;
		buf_init(&out->at[i].content);
	}
	plan_pair(out);
	plan_select(out, o);
	plan_links_select(out);
	for (size_t i = 0; !r && i < out->n; i++)
		if (out->at[i].selected && !plan_is_also(&out->at[i]))
			r = plan_one(&in, &out->at[i]);
	if (!r)
		r = plan_short(&in, out);
	if (!r)
		r = plan_links_check(&in, out);
	if (!r)
		r = plan_depend(&in, out);
	if (!r)
		r = plan_links_follow(out);
	io_parent_release(&last);
	count_items(out);
	if (r) {
		plan_release(out);
		return err_errno(err, r, "cannot plan");
	}
	return 0;
}

void plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		buf_wipe(&p->at[i].content);
		free(p->at[i].why);
	}
	free(p->at);
	memset(p, 0, sizeof(*p));
}
