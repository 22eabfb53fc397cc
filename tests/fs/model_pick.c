/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model.h"

void model_say(struct model *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->desc, sizeof(m->desc), fmt, ap);
	va_end(ap);
}

void model_ret(struct model *m, int side, long ret)
{
	m->out[side].ret = ret < 0 ? -errno : ret;
}

void model_see(struct model *m, int side, const void *data, size_t len)
{
	const unsigned char *s = data;
	uint64_t h = m->out[side].seen ^ 0xcbf29ce484222325ull;

	while (len--)
		h = (h ^ *s++) * 0x100000001b3ull;
	m->out[side].seen = h;
}

const char *model_shown(const char *path)
{
	static char bufs[4][120];
	static int next;
	char *b = bufs[next++ % 4];
	size_t n = 0;

	for (; *path && n < sizeof(bufs[0]) - 8; path++) {
		if (n > 100) {
			n += (size_t)snprintf(b + n, 8, "...%zu",
					      strlen(path) % 1000);
			break;
		}
		if (*path > 32 && *path < 127)
			b[n++] = *path;
		else
			n += (size_t)snprintf(b + n, 5, "\\x%02x",
					      (unsigned char)*path);
	}
	b[n] = '\0';
	return b;
}

/* What begins with '=' is for one process alone. */
static int wanted(const struct dirent *e)
{
	return strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
	       e->d_name[0] != '=';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* One entry of the directory at path is appended; 0 where there is none. */
static int descend(struct model *m, char *path)
{
	struct dirent **list;
	size_t len = strlen(path);
	int i, n, pick, done = 0;

	n = scandirat(m->root[PLAIN], len ? path : ".", &list, wanted,
		      by_name);
	if (n < 0)
		return 0;
	pick = n ? (int)rng_below(&m->rng, (unsigned)n) : 0;
	if (n && len + strlen(list[pick]->d_name) + 300 < MODEL_PATH) {
		snprintf(path + len, MODEL_PATH - len, "%s%s", len ? "/" : "",
			 list[pick]->d_name);
		done = 1;
	}
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return done;
}

static char *next_buf(void)
{
	static char bufs[4][MODEL_PATH];
	static int next;

	return bufs[next++ % 4];
}

static char *pick_dir(struct model *m)
{
	char *path = next_buf(), *cut;
	unsigned depth = rng_below(&m->rng, 4);

	path[0] = '\0';
	while (depth-- && descend(m, path))
		;
	cut = strrchr(path, '/');
	if (*path && !rng_one_in(&m->rng, 12))
		*(cut ? cut : path) = '\0';
	return path;
}

const char *model_pick_new(struct model *m)
{
	char *path = pick_dir(m);
	size_t len = strlen(path);
	struct stat st;
	int i;

	for (i = 0; i < 3; i++) {
		snprintf(path + len, MODEL_PATH - len, "%s%s", len ? "/" : "",
			 rng_names[rng_below(&m->rng, rng_n_names)]);
		if (fstatat(m->root[PLAIN], path, &st, AT_SYMLINK_NOFOLLOW))
			break;
	}
	return path;
}

const char *model_pick_file(struct model *m)
{
	const char *path = model_pick(m);
	struct stat st;
	int i;

	for (i = 0; i < 3; i++) {
		if (!fstatat(m->root[PLAIN], path, &st, 0) &&
		    S_ISREG(st.st_mode))
			break;
		path = model_pick(m);
	}
	return path;
}

const char *model_pick(struct model *m)
{
	char *path;

	if (rng_one_in(&m->rng, 6))
		return model_pick_new(m);
	path = pick_dir(m);
	if (!descend(m, path) && !*path)
		snprintf(path, MODEL_PATH, "a");
	return path;
}

int model_slot(struct model *m)
{
	int i, at = (int)rng_below(&m->rng, MODEL_SLOTS);

	for (i = 0; i < MODEL_SLOTS; i++, at = (at + 1) % MODEL_SLOTS)
		if (m->slot[at][PLAIN] >= 0)
			return at;
	return -1;
}

void model_close_slot(struct model *m, int i)
{
	int s;

	BOTH(s) {
		if (m->slot[i][s] >= 0)
			close(m->slot[i][s]);
		m->slot[i][s] = -1;
	}
}

int model_free_slot(struct model *m)
{
	int i;

	for (i = 0; i < MODEL_SLOTS; i++)
		if (m->slot[i][PLAIN] < 0)
			return i;
	i = (int)rng_below(&m->rng, MODEL_SLOTS);
	model_close_slot(m, i);
	return i;
}
