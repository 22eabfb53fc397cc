/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitview.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "review/gitchild.h"
#include "review/gitdir.h"
#include "review/gitjudge.h"
#include "review/gitrecall.h"
#include "util/io.h"
#include "util/path.h"
#include "util/sha1.h"

#define CHILD_MEMORY ((size_t)4 << 30)
#define CACHE_MAX (1u << 20)
#define CACHE_HEAD "scrim-git 1\n"

static const char *const mode_names[] = {
	[GITVIEW_AUTO] = "auto", [GITVIEW_FULL] = "full",
	[GITVIEW_SANITIZED] = "sanitized", [GITVIEW_NONE] = "none",
};

int gitview_mode_parse(const char *text, enum gitview_mode *out,
		       struct err *err)
{
	for (int i = 0; i <= GITVIEW_NONE; i++)
		if (!strcmp(text, mode_names[i])) {
			*out = (enum gitview_mode)i;
			return 0;
		}
	return err_set(err, -EINVAL, "git: not auto, full, sanitized or none");
}

const char *gitview_mode_name(enum gitview_mode mode)
{
	return mode_names[mode];
}

static int choose(struct gitview_repo *r, enum gitview_mode mode,
		  const char *why)
{
	free(r->why);
	r->choice = mode;
	r->why = strdup(why);
	return r->why ? 0 : -ENOMEM;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The cache has one file for each repository and set of rules. */
static int cache_name(const struct gitview *v, const struct gitview_repo *repo,
		      const struct gitview_rules *rules, char name[2 * SHA1_LEN + 1])
{
	uint8_t sum[SHA1_LEN];
	struct sha1 s;

	sha1_begin(&s);
	sha1_add(&s, v->root, strlen(v->root) + 1);
	sha1_add(&s, repo->path, strlen(repo->path) + 1);
	sha1_add(&s, rules->digest, strlen(rules->digest));
	sha1_end(&s, sum);
	gitdir_id_text(sum, name);
	return 0;
}

/* key gets 40 digits, line the verdict with its newline; "" where unknown. */
static void cache_get(int dirfd, const char *name, char key[41],
		      struct buf *line)
{
	size_t n = strlen(CACHE_HEAD "key ");
	struct buf text = BUF_INIT;

	key[0] = '\0';
	if (dirfd < 0 || gitdir_read(dirfd, name, CACHE_MAX, &text) ||
	    strncmp(text.ptr, CACHE_HEAD "key ", n) || text.len < n + 41 ||
	    text.ptr[n + 40] != '\n')
		goto out;
	memcpy(key, text.ptr + n, 40);
	key[40] = '\0';
	buf_addstr(line, text.ptr + n + 41);
out:
	buf_release(&text);
}

static void cache_put(int dirfd, const char *name, const struct buf *reply)
{
	struct buf text = BUF_INIT;

	if (dirfd < 0 || strncmp(reply->ptr, "key ", 4) ||
	    reply->len > CACHE_MAX / 2)
		return;
	buf_addstr(&text, CACHE_HEAD);
	buf_add(&text, reply->ptr, reply->len);
	if (!buf_oom(&text))
		io_replace(dirfd, name, text.ptr, text.len, 0600);
	buf_release(&text);
}

static int add_hidden(struct gitview_repo *repo, const char *path, size_t len,
		      struct buf *hide)
{
	if (*repo->path)
		buf_addf(hide, "%s/", repo->path);
	buf_add(hide, path, len);
	buf_addstr(hide, "//");
	repo->n_hide++;
	return buf_oom(hide) ? -ENOMEM : 0;
}

static int choose_full(struct gitview_repo *repo, struct buf *hide)
{
	char why[120] = "nothing protected is in it";

	if (repo->n_hide)
		snprintf(why, sizeof(why), "nothing protected is in it (%zu "
			 "objects that no commit names are left out)",
			 repo->n_hide);
	free(repo->hide);
	repo->hide = repo->n_hide ? buf_take(hide) : NULL;
	if (repo->n_hide && !repo->hide)
		return -ENOMEM;
	return choose(repo, GITVIEW_FULL, why);
}

/* The verdict is the reply's last line. */
static int take_verdict(struct gitview_repo *repo, const struct buf *reply)
{
	struct buf hide = BUF_INIT, why = BUF_INIT;
	const char *line = reply->ptr;
	size_t n;
	int r = 0;

	for (; !r; line += n + 1) {
		n = strcspn(line, "\n");
		if (!strncmp(line, "hide ", 5))
			r = add_hidden(repo, line + 5, n - 5, &hide);
		else if (strncmp(line, "key ", 4))
			break;
		if (!line[n])
			break;
	}
	if (!r && !strcmp(line, "full\n")) {
		r = choose_full(repo, &hide);
	} else if (!r) {
		if (!strncmp(line, "sanitized ", 10))
			buf_add(&why, line + 10, n - 10);
		else
			buf_addstr(&why, "it could not be judged");
		r = choose(repo, GITVIEW_SANITIZED, why.ptr);
	}
	buf_release(&hide);
	buf_release(&why);
	return r;
}

static void say_undecided(struct buf *reply, int r, double seconds)
{
	size_t key = strncmp(reply->ptr, "key ", 4) ? 0 :
		     strcspn(reply->ptr, "\n") + 1;

	buf_cut(reply, key < reply->len ? key : reply->len);
	if (r == -ETIMEDOUT)
		buf_addf(reply, "sanitized undecided within %.0f seconds\n",
			 seconds);
	else
		buf_addf(reply, "sanitized it could not be judged: %s\n",
			 strerror(-r));
}

/* The files of what is known: the one of before, and a new one to fill. */
#define KNOWN_NAME (2 * SHA1_LEN + 16)

static void open_known(int cache, const char *name, struct gitjudge *j)
{
	char path[KNOWN_NAME];

	j->old_fd = j->new_fd = -1;
	if (cache < 0)
		return;
	snprintf(path, sizeof(path), "%s.known", name);
	j->old_fd = openat(cache, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s.new", name);
	unlinkat(cache, path, 0);
	j->new_fd = openat(cache, path, O_WRONLY | O_CREAT | O_EXCL |
			   O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* The new one takes the place of the other, if there is anything in it. */
static void close_known(int cache, const char *name, struct gitjudge *j)
{
	char from[KNOWN_NAME], to[KNOWN_NAME];
	struct stat st;

	snprintf(from, sizeof(from), "%s.new", name);
	snprintf(to, sizeof(to), "%s.known", name);
	if (j->new_fd >= 0 &&
	    (fstat(j->new_fd, &st) || !st.st_size ||
	     renameat(cache, from, cache, to)))
		unlinkat(cache, from, 0);
	io_close(&j->old_fd);
	io_close(&j->new_fd);
}

static int judge_one(struct gitview *v, struct gitview_repo *repo,
		     const struct gitview_rules *rules, double seconds,
		     double left)
{
	struct gitchild_limits lim = { left, CHILD_MEMORY, 0, -1 };
	char name[2 * SHA1_LEN + 1], key[41];
	struct buf known = BUF_INIT, reply = BUF_INIT;
	struct gitjudge j = { .v = v, .repo = repo, .rules = rules };
	int cache = v->cache, r;

	cache_name(v, repo, rules, name);
	cache_get(cache, name, key, &known);
	j.known_key = key;
	j.known = known.ptr;
	open_known(cache, name, &j);
	r = gitchild_run(&lim, gitjudge_run, &j, &reply);
	if (r && j.new_fd >= 0 && ftruncate(j.new_fd, 0))
		r = -errno;
	close_known(cache, name, &j);
	if (r) {
		say_undecided(&reply, r, seconds);
		v->unsure = 1;
	}
	if (!r || (r == -ETIMEDOUT && left > seconds * 0.9))
		cache_put(cache, name, &reply);
	r = buf_oom(&reply) ? -ENOMEM : take_verdict(repo, &reply);
	if (!r && repo->kind == GITVIEW_BARE &&
	    repo->choice == GITVIEW_SANITIZED)
		repo->choice = GITVIEW_NONE;
	buf_release(&known);
	buf_release(&reply);
	return r;
}

/* The repository whose git directory a pointer leads into. */
static const struct gitview_repo *holder(const struct gitview *v,
					 const struct gitview_repo *file)
{
	for (size_t i = 0; i < v->n && file->gitdir; i++)
		if ((v->at[i].kind == GITVIEW_DIR ||
		     v->at[i].kind == GITVIEW_BARE) &&
		    path_is_below(file->gitdir, v->at[i].path))
			return &v->at[i];
	return NULL;
}

static int decide_pointer(struct gitview *v, struct gitview_repo *repo)
{
	const struct gitview_repo *h = holder(v, repo);

	if (repo->outside)
		return choose(repo, GITVIEW_SANITIZED,
			      "its repository is outside of the workspace");
	if (!h)
		return choose(repo, GITVIEW_SANITIZED, "it points to what is "
			      "no repository of the workspace");
	if (h->choice != GITVIEW_FULL)
		return choose(repo, GITVIEW_SANITIZED, h->why);
	if (!repo->relative)
		return choose(repo, GITVIEW_SANITIZED, "it points to the "
			      "workspace by an absolute path");
	return choose(repo, GITVIEW_FULL, h->why);
}

/* Before they are looked through; what cannot be told is not kept. */
static void note_files(struct gitview *v)
{
	gitstate_begin(&v->files);
	for (size_t i = 0; i < v->n; i++)
		if (gitstate_add_git(&v->files, v->workspace_fd,
				     v->at[i].path))
			v->unsure = 1;
}

static int decide_auto(struct gitview *v, const struct gitview_rules *rules,
		       double seconds)
{
	double end = now() + seconds;
	int r = 0;

	note_files(v);
	for (size_t i = 0; !r && i < v->n; i++) {
		struct gitview_repo *repo = &v->at[i];

		if (repo->kind == GITVIEW_LINK)
			r = choose(repo, GITVIEW_NONE, ".git is neither a "
				   "directory nor a file");
		else if (repo->kind != GITVIEW_FILE)
			r = judge_one(v, repo, rules, seconds, end - now());
	}
	for (size_t i = 0; !r && i < v->n; i++)
		if (v->at[i].kind == GITVIEW_FILE)
			r = decide_pointer(v, &v->at[i]);
	return r;
}

static int decide_fixed(struct gitview *v, enum gitview_mode mode)
{
	int r = 0;

	for (size_t i = 0; !r && i < v->n; i++) {
		enum gitview_mode own = mode;

		if (mode == GITVIEW_SANITIZED &&
		    (v->at[i].kind == GITVIEW_BARE ||
		     v->at[i].kind == GITVIEW_LINK))
			own = GITVIEW_NONE;
		free(v->at[i].hide);
		v->at[i].hide = NULL;
		v->at[i].n_hide = 0;
		r = choose(&v->at[i], own, "asked for");
	}
	return r;
}

int gitview_decide(struct gitview *v, enum gitview_mode mode,
		   const struct gitview_rules *rules, double seconds,
		   struct err *err)
{
	int fixed = mode != GITVIEW_AUTO, r = 0;

	if (fixed)
		r = decide_fixed(v, mode);
	else if (v->recalled != GITRECALL_DECIDED)
		r = decide_auto(v, rules, seconds);
	if (!r && v->cache >= 0 && v->recalled != GITRECALL_DECIDED &&
	    !(fixed && v->recalled == GITRECALL_FOUND))
		gitrecall_put(v, rules, v->cache, !fixed);
	return r ? err_errno(err, r, "deciding what to show of git") : 0;
}

void gitview_head(const struct gitview *v, const struct gitview_repo *repo,
		  char out[41])
{
	struct githead head = { 0 };
	struct gitdir d;

	out[0] = '\0';
	if (!gitdir_open(&d, v, repo, NULL) && !gitdir_head(&d, &head, NULL) &&
	    head.born)
		gitdir_id_text(head.id, out);
	githead_release(&head);
	gitdir_release(&d);
}

enum gitview_mode gitview_choice(const struct gitview *v)
{
	enum gitview_mode strictest = GITVIEW_FULL;

	for (size_t i = 0; i < v->n; i++)
		if (v->at[i].choice > strictest)
			strictest = v->at[i].choice;
	return v->n ? strictest : GITVIEW_NONE;
}

static void add_counts(const struct gitview *v, struct buf *out)
{
	const char *sep = "";

	for (int mode = GITVIEW_FULL; mode <= GITVIEW_NONE; mode++) {
		size_t n = 0;

		for (size_t i = 0; i < v->n; i++)
			n += (int)v->at[i].choice == mode;
		if (n) {
			buf_addf(out, "%s%zu %s", sep, n, mode_names[mode]);
			sep = ", ";
		}
	}
}

void gitview_summary(const struct gitview *v, struct buf *out)
{
	const struct gitview_repo *why = v->at;

	if (!v->n) {
		buf_addstr(out, "no repository in the workspace");
		return;
	}
	for (size_t i = 1; i < v->n; i++)
		if (v->at[i].choice > why->choice)
			why = &v->at[i];
	if (v->n == 1)
		buf_addstr(out, mode_names[why->choice]);
	else
		add_counts(v, out);
	buf_addf(out, ": %s", why->why);
	if (v->n > 1)
		buf_addf(out, " (%s)", *why->path ? why->path : ".");
}
