/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "review/gitbuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/gitchild.h"
#include "scan/scan.h"
#include "util/io.h"
#include "util/path.h"
#include "util/sha1.h"

#define BUILD_SECONDS 300.0
#define BUILD_IDLE 15.0
#define BUILD_MEMORY ((size_t)4 << 30)

static int open_all(struct gitbuild *b, struct err *err)
{
	int r;

	r = gitdir_open(&b->dir, b->v, b->repo, err);
	if (!r)
		r = gitdir_head(&b->dir, &b->head, err);
	if (r)
		return r;
	if (b->head.ref && !gitdir_ref_is_clean(b->head.ref))
		return err_set(err, -EINVAL, "its HEAD names no branch");
	r = gitodb_open(&b->odb, b->dir.objects, NULL);
	if (r)
		return err_errno(err, r, "its objects cannot be read");
	if (mkdirat(b->out, "objects", 0755) ||
	    mkdirat(b->out, "objects/pack", 0755) ||
	    mkdirat(b->out, "objects/info", 0755))
		return err_errno(err, -errno, "making the view's repository");
	r = io_open_beneath(b->out, "objects/pack", O_RDONLY | O_DIRECTORY, 0,
			    &b->packdir);
	b->memfd = memfd_create("scrim-blob", MFD_CLOEXEC);
	if (!r && b->memfd < 0)
		r = -errno;
	if (!r)
		r = gitpack_open(&b->pack, b->packdir);
	return r ? err_errno(err, r, "making the view's repository") : 0;
}

static int build(struct gitbuild *b, struct err *err)
{
	int r;

	r = open_all(b, err);
	if (r)
		return r;
	if (b->head.born)
		r = gitbuild_commit(b);
	if (r)
		return err_errno(err, r, "its commit cannot be read");
	r = gitbuild_index(b, err);
	if (r)
		return r;
	r = b->pack.n ? gitpack_finish(&b->pack) : 0;
	if (!r && b->pack.n && b->cache >= 0)
		r = gitblobs_write(&b->before, &b->pack, b->out);
	if (!r)
		r = gitbuild_files(b);
	return r ? err_errno(err, r, "making the view's repository") : 0;
}

static void release(struct gitbuild *b)
{
	gitdir_release(&b->dir);
	githead_release(&b->head);
	git_odb_free(b->odb);
	gitpack_release(&b->pack);
	io_close(&b->packdir);
	io_close(&b->memfd);
	gitblobs_release(&b->before);
	gitset_release(&b->blobs);
	buf_release(&b->prefix);
	buf_release(&b->path);
	buf_release(&b->exclude);
	buf_wipe(&b->bytes);
}

int gitbuild_run(void *payload, int out)
{
	struct gitbuild *b = payload;
	struct err err = ERR_INIT;
	struct buf line = BUF_INIT;
	char real[41], new[41];
	int r;

	b->dir = (struct gitdir){ .fd = -1, .common = -1, .objects = -1,
				  .config = BUF_INIT };
	b->pack = (struct gitpack){ .fd = -1, .pending = BUF_INIT };
	b->packdir = b->memfd = -1;
	b->reply = out;
	buf_init(&b->prefix);
	buf_init(&b->path);
	buf_init(&b->exclude);
	buf_init(&b->bytes);
	gitset_init(&b->blobs);
	gitblobs_open(&b->before, b->cache, b->cache_name);
	buf_add(&b->prefix, b->repo->path, path_parent_len(b->repo->path));
	r = build(b, &err);
	if (r) {
		buf_addstr(&line, err.msg);
	} else if (b->head.born) {
		gitdir_id_text(b->head.id, real);
		gitdir_id_text(b->new_head, new);
		buf_addf(&line, "head %s %s\n", real, new);
	}
	if (io_write_full(out, line.ptr, line.len) && !r)
		r = -EIO;
	buf_release(&line);
	release(b);
	return r;
}

/* What a child left behind must not be taken for a repository. */
static int give_up(struct gitview_repo *repo, int out_dirfd, const char *name,
		   int r, struct buf *why)
{
	io_remove_tree(out_dirfd, name);
	if (r == -ENOSPC || r == -EDQUOT || r == -EROFS)
		return r;
	free(repo->why);
	repo->choice = GITVIEW_NONE;
	if (r == -ETIMEDOUT) {
		buf_clear(why);
		buf_addf(why, "reading it took more than %.0f seconds, or "
			 "%.0f for one object", BUILD_SECONDS, BUILD_IDLE);
	} else if (!why->len) {
		buf_addstr(why, "reading it failed");
	}
	repo->why = buf_take(why);
	return repo->why ? 0 : -ENOMEM;
}

static void take_heads(struct gitview_repo *repo, const struct buf *reply)
{
	if (reply->len != 5 + 40 + 1 + 40 + 1 ||
	    strncmp(reply->ptr, "head ", 5))
		return;
	memcpy(repo->head, reply->ptr + 5, 40);
	memcpy(repo->new_head, reply->ptr + 46, 40);
}

/* A place of its own in the cache, for the repository and the rules. */
static void open_cache(struct gitbuild *b)
{
	uint8_t sum[SHA1_LEN];
	char rev[64];
	struct sha1 s;

	if (b->v->cache < 0 ||
	    (mkdirat(b->v->cache, "blobs", 0700) && errno != EEXIST) ||
	    io_open_beneath(b->v->cache, "blobs", O_RDONLY | O_DIRECTORY, 0,
			    &b->cache))
		return;
	snprintf(rev, sizeof(rev), "%s %d", PACKAGE_VERSION, SCAN_REVISION);
	sha1_begin(&s);
	sha1_add(&s, rev, strlen(rev) + 1);
	sha1_add(&s, b->v->root, strlen(b->v->root) + 1);
	sha1_add(&s, b->repo->path, strlen(b->repo->path) + 1);
	sha1_add(&s, b->rules->digest, strlen(b->rules->digest));
	sha1_end(&s, sum);
	gitdir_id_text(sum, b->cache_name);
}

static int build_one(struct gitview *v, size_t i,
		     const struct gitview_rules *rules, int out_dirfd)
{
	struct gitchild_limits lim = { BUILD_SECONDS, BUILD_MEMORY,
				       BUILD_IDLE, -1 };
	struct gitview_repo *repo = &v->at[i];
	struct gitbuild b = { .v = v, .repo = repo, .rules = rules, .out = -1,
			      .cache = -1 };
	struct buf reply = BUF_INIT;
	char name[24];
	int r;

	snprintf(name, sizeof(name), "%zu", i);
	if (mkdirat(out_dirfd, name, 0755))
		return -errno;
	r = io_open_beneath(out_dirfd, name, O_RDONLY | O_DIRECTORY, 0, &b.out);
	if (r)
		return r;
	lim.write_fd = b.out;
	open_cache(&b);
	r = gitchild_run(&lim, gitbuild_run, &b, &reply);
	if (r) {
		r = give_up(repo, out_dirfd, name, r, &reply);
	} else {
		take_heads(repo, &reply);
		gitblobs_keep(b.cache, b.cache_name, b.out);
		repo->dir = strdup(name);
		r = repo->dir ? 0 : -ENOMEM;
	}
	io_close(&b.out);
	io_close(&b.cache);
	buf_release(&reply);
	return r;
}

static int depth(const char *path)
{
	int n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* The deepest first: a repository's index names the heads of its submodules. */
int gitview_build(struct gitview *v, const struct gitview_rules *rules,
		  int out_dirfd, struct err *err)
{
	int deepest = 0, r = 0;

	for (size_t i = 0; i < v->n; i++)
		if (depth(v->at[i].path) > deepest)
			deepest = depth(v->at[i].path);
	for (int d = deepest; d >= 0; d--)
		for (size_t i = 0; !r && i < v->n; i++)
			if (v->at[i].choice == GITVIEW_SANITIZED &&
			    !v->at[i].kept &&
			    depth(v->at[i].path) == d)
				r = build_one(v, i, rules, out_dirfd);
	return r ? err_errno(err, r, "making a git repository for the view")
		 : 0;
}
