/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/gitchild.h"
#include "util/io.h"

#define COPY_DIR "agent-git-"
#define WALK_SECONDS 60.0
#define WALK_MEMORY ((size_t)2 << 30)

void history_release(struct history *h)
{
	for (size_t i = 0; i < h->n; i++) {
		for (size_t k = 0; k < h->at[i].n; k++)
			free(h->at[i].paths[k]);
		free(h->at[i].paths);
		free(h->at[i].id);
		free(h->at[i].author);
		free(h->at[i].message);
	}
	free(h->at);
	h->at = NULL;
	h->n = 0;
}

/* ========== the child's reply ========== */

struct reader {
	const char *p, *end;
};

/* A number after a word (which may be "") and before a newline. */
static int read_number(struct reader *in, const char *word, size_t *out)
{
	size_t n = strlen(word);
	char *end;

	if ((size_t)(in->end - in->p) < n + 2 || memcmp(in->p, word, n) ||
	    in->p[n] < '0' || in->p[n] > '9')
		return -EBADMSG;
	*out = strtoul(in->p + n, &end, 10);
	if (*end != '\n' || *out > GITCHILD_REPLY)
		return -EBADMSG;
	in->p = end + 1;
	return 0;
}

static int read_text(struct reader *in, const char *word, char **out)
{
	size_t len;
	int r = read_number(in, word, &len);

	if (r)
		return r;
	if ((size_t)(in->end - in->p) <= len || in->p[len] != '\n')
		return -EBADMSG;
	*out = strndup(in->p, len);
	in->p += len + 1;
	return *out ? 0 : -ENOMEM;
}

static int read_commit(struct reader *in, struct history_commit *c)
{
	size_t n;
	int r;

	r = read_text(in, "id ", &c->id);
	if (!r)
		r = read_text(in, "author ", &c->author);
	if (!r)
		r = read_text(in, "message ", &c->message);
	if (!r)
		r = read_number(in, "paths ", &n);
	if (r)
		return r;
	c->paths = calloc(n + 1, sizeof(*c->paths));
	if (!c->paths)
		return -ENOMEM;
	for (; !r && c->n < n; c->n += !r)
		r = read_text(in, "", &c->paths[c->n]);
	return r;
}

static int read_reply(struct history *h, const struct buf *reply)
{
	struct reader in = { reply->ptr, reply->ptr + reply->len };
	struct history_commit *at;
	int r = 0;

	while (!r && in.p < in.end) {
		at = reallocarray(h->at, h->n + 1, sizeof(*at));
		if (!at)
			return -ENOMEM;
		h->at = at;
		h->at[h->n] = (struct history_commit){ 0 };
		h->n++;
		r = read_commit(&in, &h->at[h->n - 1]);
	}
	return r;
}

static void oldest_first(struct history *h)
{
	for (size_t i = 0; i < h->n / 2; i++) {
		struct history_commit c = h->at[i];

		h->at[i] = h->at[h->n - 1 - i];
		h->at[h->n - 1 - i] = c;
	}
}

/* ========== the whole ========== */

static int walk(struct history *h, int copy, const char *base)
{
	struct gitchild_limits lim = { WALK_SECONDS, WALK_MEMORY, 0, -1 };
	struct history_walk w = { copy, base };
	struct buf reply = BUF_INIT;
	int r;

	r = gitchild_run(&lim, history_walk, &w, &reply);
	if (!r)
		r = read_reply(h, &reply);
	if (!r)
		oldest_first(h);
	buf_release(&reply);
	return r;
}

int history_read(struct history *out, struct layer *l, const char *git,
		 const char *base, int scratch, struct err *err)
{
	char name[sizeof(COPY_DIR) + 16];
	int copy = -1, r = 0;
	uint64_t lot;

	/* Readers of a session do not lock it, so each has a copy of its own. */
	io_random(&lot, sizeof(lot));
	snprintf(name, sizeof(name), COPY_DIR "%016llx",
		 (unsigned long long)lot);
	*out = (struct history){ 0 };
	if (mkdirat(scratch, name, 0700))
		r = -errno;
	if (!r)
		r = io_open_beneath(scratch, name, O_RDONLY | O_DIRECTORY, 0,
				    &copy);
	if (!r)
		r = history_copy(l, git, copy);
	if (!r)
		r = walk(out, copy, base);
	io_close(&copy);
	io_remove_tree(scratch, name);
	if (!r)
		return 0;
	history_release(out);
	return err_errno(err, r, "the commits made in the view");
}

/* ========== whose is a path? ========== */

struct touched {
	const char *path;
	size_t commit;
};

static int by_path(const void *a, const void *b)
{
	const struct touched *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	if (c)
		return c;
	return x->commit < y->commit ? -1 : x->commit > y->commit;
}

/* The last of those with this path; they are sorted. */
static size_t find(const struct touched *at, size_t n, const char *path)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(at[mid].path, path) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && !strcmp(at[lo - 1].path, path) ? at[lo - 1].commit :
	       HISTORY_NONE;
}

int history_assign(const struct history *h, const char *const *paths,
		   size_t n, size_t *owner)
{
	struct touched *at;
	size_t total = 0, k = 0;

	for (size_t i = 0; i < h->n; i++)
		total += h->at[i].n;
	at = calloc(total + 1, sizeof(*at));
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < h->n; i++)
		for (size_t j = 0; j < h->at[i].n; j++)
			at[k++] = (struct touched){ h->at[i].paths[j], i };
	if (total)
		qsort(at, total, sizeof(*at), by_path);
	for (size_t i = 0; i < n; i++)
		owner[i] = find(at, total, paths[i]);
	free(at);
	return 0;
}
