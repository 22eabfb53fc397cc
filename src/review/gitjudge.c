/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitjudge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/gitdir.h"
#include "review/gitknown.h"
#include "review/gitobjects.h"
#include "scan/scan.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"
#include "util/sha1.h"

static int open_index(const struct gitmeta *m, size_t i, git_index **out)
{
	int fd, r;

	r = quiet_open_beneath(m->fd, m->indexes[i].path, O_NONBLOCK, &fd);
	if (r)
		return r;
	r = gitodb_index(out, fd);
	close(fd);
	return r;
}

static int open_objects(const struct gitmeta *m, size_t i, int *fd)
{
	struct buf path = BUF_INIT;
	int r;

	path_join(&path, m->repos[i].path, "objects");
	r = io_open_beneath(m->fd, path.ptr, O_RDONLY | O_DIRECTORY, 0, fd);
	buf_release(&path);
	return r;
}

static void add_index_state(struct sha1 *s, git_index *index)
{
	for (size_t i = 0; i < git_index_entrycount(index); i++) {
		const git_index_entry *e = git_index_get_byindex(index, i);

		sha1_add(s, e->path, strlen(e->path) + 1);
		sha1_add(s, &e->id, sizeof(e->id));
	}
}

/* What the verdict of the slow part depends on. */
static int make_key(const struct gitmeta *m, git_index **indexes,
		    char hex[41])
{
	const char *digest = m->judge->rules->digest;
	const int revision = SCAN_REVISION;
	uint8_t sum[SHA1_LEN];
	struct sha1 s;
	int fd, r = 0;

	sha1_begin(&s);
	sha1_add(&s, digest, strlen(digest) + 1);
	sha1_add(&s, &revision, sizeof(revision));
	for (size_t i = 0; !r && i < m->n_repos; i++) {
		const char *prefix = m->repos[i].prefix;

		sha1_add(&s, prefix, strlen(prefix) + 1);
		r = open_objects(m, i, &fd);
		if (r)
			break;
		r = gitodb_check(fd, &s);
		close(fd);
	}
	for (size_t i = 0; !r && i < m->n_indexes; i++)
		add_index_state(&s, indexes[i]);
	sha1_end(&s, sum);
	gitdir_id_text(sum, hex);
	return r;
}

static int judge_index(struct gitobjects *o, git_index *index,
		       const char *prefix)
{
	struct buf path = BUF_INIT;
	int r = 0;

	for (size_t i = 0; !r && i < git_index_entrycount(index); i++) {
		const git_index_entry *e = git_index_get_byindex(index, i);

		if (e->mode == GITMODE_GITLINK)
			continue;
		path_join(&path, prefix, e->path);
		r = buf_oom(&path) ? -ENOMEM :
		    gitobjects_named(o, e->id.id, path.ptr);
	}
	buf_release(&path);
	return r;
}

static int judge_repo(const struct gitmeta *m, size_t i, git_index **indexes,
		      const struct gitknown *old, struct gitknown *new)
{
	struct gitobjects o = { .memfd = -1, .path = BUF_INIT };
	struct buf below = BUF_INIT;
	int fd, r;

	r = open_objects(m, i, &fd);
	if (r)
		return r;
	r = gitobjects_open(&o, fd, m->judge->rules, m->why);
	path_join(&below, m->repos[i].path, "objects/");
	o.hide = m->hide;
	o.hide_below = below.ptr;
	if (!r)
		r = gitknown_start(old, &o.judged, &o.seen);
	for (size_t k = 0; !r && k < m->n_indexes; k++)
		if (m->indexes[k].repo == i)
			r = judge_index(&o, indexes[k], m->repos[i].prefix);
	if (!r)
		r = gitobjects_all(&o, m->repos[i].prefix);
	if (!r)
		gitknown_add(new, &o.judged);
	gitobjects_release(&o);
	buf_release(&below);
	close(fd);
	return r;
}

/* What is known afterwards is kept only where all is clean. */
static int judge_repos(const struct gitmeta *m, git_index **indexes)
{
	const struct gitjudge *j = m->judge;
	struct gitknown old, new = { .pairs = BUF_INIT };
	int r;

	r = gitknown_read(&old, j->old_fd, j->rules->digest);
	memcpy(new.key, old.key, sizeof(new.key));
	for (size_t i = 0; !r && i < m->n_repos; i++)
		r = judge_repo(m, i, indexes, &old, &new);
	if (!r && j->new_fd >= 0 &&
	    gitknown_write(&new, j->new_fd, j->rules->digest) &&
	    ftruncate(j->new_fd, 0))
		r = -errno;
	gitknown_release(&old);
	gitknown_release(&new);
	return r;
}

static int judge_objects(const struct gitmeta *m, git_index **indexes, int out)
{
	char key[41], line[64];
	int r, n;

	r = make_key(m, indexes, key);
	if (r == -EBADMSG) {
		buf_addstr(m->why, "there are unfinished or unknown files in "
			   "objects/ (git gc may remove them)");
		return GITOBJECTS_FOUND;
	}
	if (r)
		return r;
	n = snprintf(line, sizeof(line), "key %s\n", key);
	r = io_write_full(out, line, (size_t)n);
	if (!r && !strcmp(key, m->judge->known_key))
		return io_write_full(out, m->judge->known,
				     strlen(m->judge->known)) ? -EIO : 2;
	return judge_repos(m, indexes);
}

static int judge(struct gitmeta *m, int out)
{
	git_index **indexes = NULL;
	int r;

	r = gitmeta_walk(m);
	if (r)
		return r;
	if (m->n_indexes) {
		indexes = calloc(m->n_indexes, sizeof(*indexes));
		if (!indexes)
			return -ENOMEM;
	}
	for (size_t i = 0; !r && i < m->n_indexes; i++)
		r = open_index(m, i, &indexes[i]);
	if (!r)
		r = judge_objects(m, indexes, out);
	for (size_t i = 0; i < m->n_indexes; i++)
		git_index_free(indexes[i]);
	free(indexes);
	return r;
}

/* The verdict is one line, whatever the names in it hold. */
static int reply(int out, int r, struct buf *why, struct buf *hide)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < why->len; i++)
		if (why->ptr[i] == '\n')
			why->ptr[i] = ' ';
	if (r == GITOBJECTS_CLEAN)
		buf_addf(&text, "%sfull\n", hide->ptr);
	else if (r == GITOBJECTS_FOUND)
		buf_addf(&text, "sanitized %s\n", why->ptr);
	else
		buf_addf(&text, "sanitized it could not be read: %s\n",
			 strerror(-r));
	r = buf_oom(&text) || buf_oom(hide) ? -ENOMEM :
	    io_write_full(out, text.ptr, text.len);
	buf_release(&text);
	return r;
}

int gitjudge_run(void *payload, int out)
{
	struct gitjudge *j = payload;
	struct buf why = BUF_INIT, hide = BUF_INIT;
	struct gitmeta m = { .judge = j, .fd = -1, .why = &why, .hide = &hide };
	struct gitdir d;
	struct err err = ERR_INIT;
	int r;

	r = gitdir_open(&d, j->v, j->repo, &err);
	if (r) {
		buf_addstr(&why, err.msg);
		r = GITOBJECTS_FOUND;
	} else {
		m.fd = d.fd;
		r = judge(&m, out);
	}
	if (r != 2)
		r = reply(out, r, &why, &hide);
	gitmeta_release(&m);
	gitdir_release(&d);
	buf_release(&why);
	buf_release(&hide);
	return r == 2 ? 0 : r;
}
