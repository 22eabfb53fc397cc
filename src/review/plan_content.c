/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/plan_content.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/merge.h"
#include "scan/mask.h"
#include "util/io.h"
#include "util/quiet.h"

#define CHUNK 65536

/* Path of what the workspace has now: of a rename, at the origin. */
static const char *now_path(const struct delta *d)
{
	return d->kind == DELTA_RENAME ? d->origin : d->path;
}

static int same_link(const struct plan_input *in, const struct delta *d)
{
	char target[PATH_MAX];
	int dir = -1, same = 0;
	ssize_t n;

	if (!d->symlink || io_open_parent(in->ws, now_path(d), &dir))
		return 0;
	n = readlinkat(dir, strrchr(now_path(d), '/') ?
		       strrchr(now_path(d), '/') + 1 : now_path(d), target,
		       sizeof(target));
	if (n >= 0)
		same = (size_t)n == strlen(d->symlink) &&
		       !memcmp(target, d->symlink, (size_t)n);
	io_close(&dir);
	return same;
}

static int same_bytes(int a, int b)
{
	char x[CHUNK], y[CHUNK];
	ssize_t n, m;

	do {
		n = io_read_full(a, x, sizeof(x));
		m = io_read_full(b, y, sizeof(y));
		if (n < 0 || n != m || memcmp(x, y, (size_t)n))
			return 0;
	} while (n == CHUNK);
	return 1;
}

int plan_same_content(const struct plan_input *in, const struct delta *d)
{
	int a = -1, b = -1, same = 0;

	if (S_ISLNK(d->st.st_mode))
		return same_link(in, d);
	if (!S_ISREG(d->st.st_mode) || d->st.st_size != d->now.st_size)
		return 0;
	if (!quiet_open_beneath(in->ws, now_path(d), O_NONBLOCK, &a) &&
	    !source_open(in->s, d, SOURCE_NEW, &b) && b >= 0)
		same = same_bytes(a, b);
	io_close(&a);
	io_close(&b);
	return same;
}

static int has_fill(const char *s, size_t len)
{
	return memmem(s, len, "xxx", 3) || memmem(s, len, "999", 3);
}

/*
 * 1 where the agent's content has something that looks like a mask; *fills where
 * there is what a short one may be.
 */
static int has_mark(int fd, int *fills)
{
	static const char wide[] = "S\0C\0R\0I\0M\0_";
	static const char wider[] = "S\0\0\0C\0\0\0R\0\0\0I\0\0\0M\0\0\0_";
	const size_t keep = sizeof(wider) - 2;
	char chunk[CHUNK];
	size_t have = 0;
	ssize_t n;

	for (;;) {
		n = io_read_full(fd, chunk + have, sizeof(chunk) - have);
		if (n < 0)
			return (int)n;
		have += (size_t)n;
		*fills |= has_fill(chunk, have);
		if (memmem(chunk, have, MASK_MARK, strlen(MASK_MARK)) ||
		    memmem(chunk, have, wide, sizeof(wide) - 1) ||
		    memmem(chunk, have, wider, sizeof(wider) - 1))
			return 1;
		if (have < sizeof(chunk))
			return 0;
		memmove(chunk, chunk + have - keep, keep);
		have = keep;
	}
}

static int needs_memory(const struct plan_input *in, struct plan_item *it)
{
	const struct mask_list *masks = NULL;
	const struct delta *d = it->d;
	int fd = -1, r;

	if (d->flags & DELTA_MASKED)
		return 1;
	/*
	 * A copy of what the agent saw masked, at another name or, as editors
	 * save, in its place: short masks do not show what they are.
	 */
	if ((d->origin || d->flags & DELTA_REPLACED) &&
	    !in->s->masks(in->s->payload, d, &masks) && masks)
		return 1;
	r = source_open(in->s, d, SOURCE_NEW, &fd);
	if (!r)
		r = has_mark(fd, &it->fills);
	io_close(&fd);
	return r;
}

static int unmask(const struct plan_input *in, struct plan_item *it)
{
	struct err err = ERR_INIT;
	int r;

	r = in->s->unmask(in->s->payload, it->d, &it->content, &err);
	if (r == -ENOMEM || !r)
		return r;
	buf_wipe(&it->content);
	it->has_content = 0;
	return plan_set(it, PLAN_REFUSED, "%s", *err.msg ? err.msg :
			"its masks cannot be turned back into secrets");
}

/* The agent's content in memory, unmasked. */
static int load_new(const struct plan_input *in, struct plan_item *it)
{
	int r;

	it->has_content = 1;
	r = source_read(in->s, it->d, SOURCE_NEW, PLAN_TEXT_MAX, &it->content);
	if (r == -EFBIG)
		return plan_set(it, PLAN_REFUSED, "it holds masks of secrets and"
				" is too large to put them back");
	if (r)
		return r == -ENOMEM ? r : plan_set(it, PLAN_REFUSED,
			"what the agent wrote cannot be read: %s",
			strerror(-r));
	return unmask(in, it);
}

static int choose(const struct plan_input *in, struct plan_item *it, int *done)
{
	int r;

	*done = 0;
	if (!in->o->choice)
		return 0;
	r = in->o->choice(in->o->choice_payload, it->d, &it->content);
	if (r < 0)
		return r;
	*done = r > 0;
	if (r == 2)
		return plan_set(it, PLAN_LEFT, "not chosen");
	if (r != 1)
		return 0;
	it->has_content = 1;
	it->partial = 1;
	it->fills |= has_fill(it->content.ptr, it->content.len);
	return unmask(in, it);
}

static int read_now(const struct plan_input *in, const struct delta *d,
		    struct buf *out)
{
	int fd = -1, r;

	r = quiet_open_beneath(in->ws, now_path(d), O_NONBLOCK, &fd);
	if (!r)
		r = io_read_all(fd, PLAN_TEXT_MAX, out);
	io_close(&fd);
	return r;
}

static int merge_sides(const struct plan_input *in, struct plan_item *it,
		       const struct buf *base, const struct buf *now)
{
	struct merge_side b = { base->ptr, base->len, "before the session" };
	struct merge_side o = { now->ptr, now->len, "workspace" };
	struct merge_side t = { it->content.ptr, it->content.len, "agent" };
	struct buf out = BUF_INIT;
	int clean = 0, r;

	r = merge_texts(&b, &o, &t, &out, &clean);
	buf_wipe(&it->content);
	it->content = out;
	if (r == -ENOTSUP) {
		it->has_content = 0;
		return plan_set(it, PLAN_CONFLICT, "you have changed it too, and"
				" it is not text that could be merged");
	}
	if (r || clean)
		return r;
	if (in->o->markers)
		return plan_set(it, PLAN_MERGE, "with conflict markers");
	return plan_set(it, PLAN_CONFLICT,
			"you have changed the same lines");
}

static int merge(const struct plan_input *in, struct plan_item *it)
{
	struct buf base = BUF_INIT, now = BUF_INIT;
	int r = 0;

	if (!S_ISREG(it->d->st.st_mode))
		return plan_set(it, PLAN_CONFLICT, "you have changed it too");
	if (!it->has_content)
		r = load_new(in, it);
	if (r || it->verdict != PLAN_MERGE)
		return r;
	r = source_read(in->s, it->d, SOURCE_BASE, PLAN_TEXT_MAX, &base);
	if (!r)
		r = read_now(in, it->d, &now);
	if (!r)
		r = merge_sides(in, it, &base, &now);
	else if (r != -ENOMEM)
		r = plan_set(it, PLAN_CONFLICT, "you have changed it too, and"
			     " it cannot be merged: %s", r == -ENODATA ?
			     "its old content was not kept" : strerror(-r));
	buf_wipe(&base);
	buf_wipe(&now);
	return r;
}

/* A name decides which rules look at a file. */
static int check_move(const struct plan_input *in, struct plan_item *it)
{
	int r = in->s->check_move ?
		in->s->check_move(in->s->payload, it->d) : 0;

	if (!r || r == -ENOMEM)
		return r;
	return plan_set(it, PLAN_REFUSED, r == -EACCES ? "a secret in it "
			"would be seen under this name" :
			"it cannot be judged under this name: %s",
			strerror(-r));
}

/* A mask in a link's target never turns back into what it stands for. */
static int check_link(const struct plan_input *in, struct plan_item *it)
{
	const char *target = it->d->symlink;
	int r;

	it->has_content = 1;
	buf_addstr(&it->content, target);
	r = buf_oom(&it->content) ? -ENOMEM : unmask(in, it);
	if (!r && it->has_content && strcmp(it->content.ptr, target))
		r = plan_set(it, PLAN_REFUSED, "its target holds a mask");
	buf_wipe(&it->content);
	it->has_content = 0;
	return r;
}

int plan_content(const struct plan_input *in, struct plan_item *it)
{
	const struct delta *d = it->d;
	int done, r;

	if (it->verdict == PLAN_MOVE)
		return check_move(in, it);
	if (it->verdict != PLAN_ADD && it->verdict != PLAN_WRITE &&
	    it->verdict != PLAN_MERGE)
		return 0;
	if (d->symlink && S_ISLNK(d->st.st_mode)) {
		r = check_link(in, it);
		if (r)
			return r;
	}
	if (S_ISREG(d->st.st_mode)) {
		r = choose(in, it, &done);
		if (!r && !done)
			r = needs_memory(in, it);
		if (r == 1 && !done)
			r = load_new(in, it);
		if (r < 0 && r != -ENOMEM)
			return plan_set(it, PLAN_REFUSED, "what the agent wrote"
					" cannot be read: %s", strerror(-r));
		if (r)
			return r;
	}
	return it->verdict == PLAN_MERGE ? merge(in, it) : 0;
}
