/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/group.h"
#include "cli/out.h"
#include "cli/snap.h"
#include "review/commit_mark.h"
#include "scan/policy.h"
#include "session/checkpoint.h"
#include "session/audit.h"
#include "session/change.h"
#include "session/place.h"
#include "session/session.h"
#include "session/snapshot.h"
#include "util/io.h"
#include "util/json.h"
#include "util/path.h"

#define AUDIT_READ_MAX (32u << 20)

const char *changes_name(const struct changes *c)
{
	return session_label(c->use.session);
}

int changes_is_dir(const struct delta *d)
{
	return S_ISDIR(d->kind == DELTA_DELETE ? d->base.st_mode :
		       d->st.st_mode);
}

json_t *changes_session_json(const struct changes *c)
{
	json_t *o = json_object();

	if (opt_common.part)
		opt_common.part->json = 1;
	json_object_set_new(o, "id", json_string(c->use.session->id));
	jout_name(o, "name", c->use.session->name);
	jout_name(o, "workspace", c->use.session->workspace);
	return o;
}

size_t changes_warn(const struct notes *n)
{
	for (size_t i = 0; i < n->n; i++)
		out_warn("%s", n->at[i]);
	return n->n;
}

size_t changes_attempts(const struct changes *c)
{
	struct buf text = BUF_INIT;
	size_t n = 0;

	if (!io_read_file(c->use.session->fd, AUDIT_FILE, AUDIT_READ_MAX,
			  &text))
		n = audit_total(text.ptr, text.len);
	buf_release(&text);
	return n;
}

/* ========== Opening ========== */

static int recover(struct changes *c, struct err *err)
{
	struct notes notes = { NULL, 0 };
	enum recover_result did;
	int r;

	if (!apply_is_pending(&c->where))
		return 0;
	r = apply_recover(&c->where, c->use.layer ? &c->source : NULL, &did,
			  &notes, err);
	changes_warn(&notes);
	notes_release(&notes);
	if (!r && did == RECOVER_BACK)
		out_warn("an apply that was cut short has been rolled back");
	if (!r && did == RECOVER_DONE)
		out_warn("an apply that was cut short has been finished");
	return r;
}

static int open_live(struct changes *c, struct err *err)
{
	struct session *s = c->use.session;
	int r;

	if (apply_is_pending(&c->where))
		return err_set(err, -EBUSY, "an apply was cut short; unmount"
			       " the session and run scrim apply --recover");
	r = use_policy_of(&c->use, err);
	if (!r)
		r = live_open(&c->live, s, err);
	if (!r)
		r = layer_open(&c->use.layer, c->live.sealed, c->use.policy,
			       LAYER_READ, err);
	/* of no use to who will be told that nothing was done */
	if (!r && (opt_common.yes || out_can_ask()))
		out_note("the session is mounted: what it holds now is taken,"
			 " and what the agent does meanwhile stays a change");
	return r;
}

/* The daemon forgets what was applied, as far as it is what was seen. */
static int settle_live(void *payload, const char *const *paths, size_t n,
		       struct err *err)
{
	struct source *s = payload;
	struct changes *c = (struct changes *)((char *)s -
			     offsetof(struct changes, source));

	return live_settle(&c->live, &c->list, paths, n, err);
}

static int settle_live_part(void *payload, const char *const *paths, size_t n,
			    struct err *err)
{
	struct source *s = payload;
	struct changes *c = (struct changes *)((char *)s -
			     offsetof(struct changes, source));

	return live_settle(&c->live, NULL, paths, n, err);
}

int changes_drop(struct changes *c, const char *path, struct err *err)
{
	return c->live.session ? live_drop(&c->live, &path, 1, err)
			       : layer_drop(c->use.layer, &path, 1, err);
}

static int rewrite_here(struct changes *c, const struct delta *d,
			const struct buf *text, struct err *err)
{
	uint64_t id;
	int fd = -1, r;

	r = io_replace(c->where.state, "rewrite", text->ptr, text->len, 0600);
	if (!r)
		r = io_open_beneath(c->where.state, "rewrite", O_RDONLY, 0,
				    &fd);
	if (r)
		err_errno(err, r, "the new content");
	else
		r = layer_rewrite(c->use.layer, d->path, &d->st, fd, &id, err);
	io_close(&fd);
	unlinkat(c->where.state, "rewrite", 0);
	return r;
}

int changes_rewrite(struct changes *c, const struct delta *d,
		    const struct buf *text, struct err *err)
{
	return c->live.session ? live_rewrite(&c->live, d, text, err) :
				 rewrite_here(c, d, text, err);
}

/* Reads without the lock, unless there is a crash to be mended first. */
static int open_session(struct changes *c, int flags, struct err *err)
{
	int write = flags & CHANGES_WRITE, r;

	r = use_open(&c->use, USE_SESSION, err);
	if (r)
		return r;
	c->where.state = c->use.session->fd;
	if (!write && apply_is_pending(&c->where)) {
		write = !session_is_mounted(c->use.session);
		if (!write)
			out_warn("an apply was cut short; unmount the session"
				 " and run scrim apply --recover");
	}
	if (flags & CHANGES_WRITE && session_is_mounted(c->use.session))
		return open_live(c, err);
	use_close(&c->use);
	return use_open(&c->use, USE_LAYER | (write ? USE_LOCK : 0), err);
}

int changes_let_go(struct changes *c, struct err *err)
{
	struct session *s = c->use.session;
	int r;

	if (c->live.session)
		return live_let_go(&c->live, err);
	checkpoint_name(c->seal, "seal");
	r = layer_seal(c->use.layer, c->seal, &c->sealed, err);
	if (!r)
		io_close(&s->lock_fd);
	return r;
}

static void drop_seal(struct changes *c)
{
	if (!c->sealed)
		return;
	session_close(c->sealed);
	snapshot_remove(c->use.session, c->seal, NULL);
	c->sealed = NULL;
}

/* The dangerous first; all else by path. */
void changes_sort(struct changes *c)
{
	size_t n = 0;

	for (int level = RISK_HARD; level >= -1; level--)
		for (size_t i = 0; i < c->list.n; i++) {
			int have = risk_level_of(c->classes[i]);

			if (have == RISK_NOTE)
				have = -1;
			if (have == level)
				c->order[n++] = i;
		}
}

static int path_cmp(const void *key, const void *at)
{
	return strcmp(key, ((const struct delta *)at)->path);
}

static int order_all(struct changes *c, struct err *err)
{
	c->order = calloc(c->list.n + 1, sizeof(*c->order));
	c->consumed = calloc(c->list.n + 1, 1);
	if (!c->order || !c->consumed)
		return err_set(err, -ENOMEM, "out of memory");
	changes_sort(c);
	for (size_t i = 0; i < c->list.n; i++) {
		const struct delta *d = &c->list.at[i], *old;

		if (d->flags & DELTA_ALSO)
			c->consumed[i] = 1;
		if (d->kind != DELTA_RENAME)
			continue;
		old = bsearch(d->origin, c->list.at, c->list.n, sizeof(*old),
			      path_cmp);
		if (old && old->kind == DELTA_DELETE)
			c->consumed[old - c->list.at] = 1;
	}
	return 0;
}

int changes_open(struct changes *c, int flags, struct err *err)
{
	int r = open_session(c, flags, err);

	if (r)
		return r;
	c->where.state = c->use.session->fd;
	if (commit_recover(c->where.state))
		out_warn("a commit that was cut short had left the branch"
			 " locked; the lock is taken away");
	c->where.ws = open(c->use.session->workspace, O_RDONLY | O_DIRECTORY |
			   O_CLOEXEC);
	if (c->where.ws < 0)
		return place_no_workspace(c->use.session->workspace, -errno,
					  err);
	source_of_layer(&c->source, c->use.layer, c->use.policy,
			c->use.session->key);
	if (c->live.session) {
		c->source.settle = settle_live;
		c->source.settle_part = settle_live_part;
	}
	if (c->use.session->lock_fd >= 0)
		r = recover(c, err);
	if (r || !(flags & CHANGES_LIST))
		return r;
	r = delta_list(c->use.layer, &c->list, err);
	if (!r)
		r = changes_judge_all(c, flags & CHANGES_LAZY, err);
	return r ? r : order_all(c, err);
}

void changes_close(struct changes *c)
{
	for (size_t i = 0; c->risk && i < c->list.n; i++)
		risk_release(&c->risk[i]);
	free(c->risk);
	free(c->classes);
	free(c->order);
	free(c->consumed);
	free(c->similar);
	free(c->ignored);
	if (c->list.at)
		delta_list_release(&c->list);
	risks_free(c->risks);
	policy_free(c->shipped);
	io_close(&c->where.ws);
	layer_close(c->use.layer);
	c->use.layer = NULL;
	drop_seal(c);
	live_close(&c->live);
	use_close(&c->use);
	*c = (struct changes)CHANGES_INIT;
}

/* ========== Operands ========== */

/* 1 where path is dir or below it; *rest is what follows. */
static int below(const char *path, const char *dir, const char **rest)
{
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) || (path[n] && path[n] != '/'))
		return 0;
	*rest = path + n + (path[n] == '/');
	return 1;
}

/* An absolute path by the text: arg itself, or below the current directory. */
static int absolute(const char *arg, struct buf *out)
{
	struct buf joined = BUF_INIT;
	char cwd[PATH_MAX];
	int r = 0;

	if (*arg != '/' && !getcwd(cwd, sizeof(cwd)))
		return -errno;
	if (*arg == '/')
		buf_addstr(&joined, arg);
	else
		buf_addf(&joined, "%s/%s", cwd, arg);
	buf_clear(out);
	r = path_clean(joined.ptr + strspn(joined.ptr, "/"), out);
	buf_release(&joined);
	return r;
}

/* 1 where path (without its first '/') is in the workspace or in the view. */
static int in_either(const struct changes *c, const char *path,
		     const char **rest)
{
	char *mnt = session_mountpoint(c->use.session);
	int in = below(path, c->use.session->workspace + 1, rest) ||
		 (mnt && below(path, mnt + 1, rest));

	free(mnt);
	return in;
}

int changes_path(const struct changes *c, const char *arg, struct buf *out,
		 struct err *err)
{
	struct buf path = BUF_INIT, cwd = BUF_INIT;
	const char *rest;
	int r;

	r = absolute(arg, &path);
	if (!r && in_either(c, path.ptr, &rest)) {
		buf_clear(out);
		buf_addstr(out, rest);
	} else if (*arg != '/' && !absolute(".", &cwd) &&
		   !in_either(c, cwd.ptr, &rest)) {
		buf_clear(out);
		r = path_clean(arg, out);
	} else {
		r = -EINVAL;
	}
	if (r)
		err_set(err, r, "%s is not in the workspace %s", arg,
			c->use.session->workspace);
	else if (buf_oom(out))
		r = err_set(err, -ENOMEM, "out of memory");
	buf_release(&path);
	buf_release(&cwd);
	return r;
}

int changes_paths(const struct changes *c, char **argv, struct strlist *out,
		  struct err *err)
{
	struct buf path = BUF_INIT;
	int r = 0;

	for (; !r && *argv; argv++) {
		r = changes_path(c, *argv, &path, err);
		if (!r && strlist_add(out, path.ptr))
			r = err_set(err, -ENOMEM, "out of memory");
	}
	buf_release(&path);
	return r;
}

int changes_is_asked(const struct delta *d, const struct strlist *paths)
{
	if (!paths->n)
		return 1;
	for (size_t i = 0; i < paths->n; i++)
		if (delta_is_below(d, paths->at[i]))
			return 1;
	return 0;
}

static int allow_word(const char *word, unsigned *bits, struct err *err)
{
	struct buf known = BUF_INIT;
	int i = risk_class_find(word);

	/* What must be named is not in "all". */
	if (!strcmp(word, "all")) {
		*bits |= risk_at_least(RISK_ASK) & ~risk_at_least(RISK_HARD);
		return 0;
	}
	if (i >= 0) {
		*bits |= 1u << i;
		return 0;
	}
	for (i = 0; i < RISK_N; i++)
		if (risk_classes[i].level >= RISK_ASK)
			buf_addf(&known, ", %s", risk_classes[i].name);
	err_set(err, -EINVAL, "--allow: there is no class '%s', but all%s",
		word, known.ptr);
	buf_release(&known);
	return -EINVAL;
}

int changes_allow(const struct opt_list *words, unsigned *bits, struct err *err)
{
	struct strlist parts = STRLIST_INIT;
	int r = 0;

	for (size_t i = 0; !r && i < words->n; i++)
		if (strlist_split(&parts, words->at[i], ","))
			r = err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < parts.n; i++)
		r = allow_word(parts.at[i], bits, err);
	strlist_release(&parts);
	return r;
}
