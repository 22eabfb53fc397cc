/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/below.h"
#include "session/dirtime.h"
#include "session/links.h"
#include "session/view.h"
#include "session/names.h"
#include "session/lower.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "session/drop.h"
#include "session/leftover.h"
#include "session/place.h"
#include "session/quota.h"
#include "session/session.h"
#include "session/restore.h"
#include "session/shown.h"
#include "session/retaint.h"
#include "session/state.h"
#include "util/io.h"

#define HANDLES_MAX 1024

static unsigned handles_limit(void)
{
	struct rlimit rl;
	rlim_t n = HANDLES_MAX;

	if (!getrlimit(RLIMIT_NOFILE, &rl) && rl.rlim_cur / 2 < n)
		n = rl.rlim_cur / 2;
	return n < 16 ? 16 : (unsigned)n;
}

static void on_freed(void *payload, struct node *n)
{
	struct layer *l = payload;

	quota_freed(l, n);
	handle_drop(&l->handles, n);
	view_drop(l, n);
	if (n->type == S_IFDIR)
		list_forget(l, n);
	if (n->flags & NODE_WATCHED && l->unwatch)
		l->unwatch(l->unwatch_payload, n->id);
	if (n->up && (n->flags & NODE_DATA) && !n->names && !l->readonly)
		store_data_remove(&l->store, n->up->nid);
}

static int open_workspace(struct layer *l, struct err *err)
{
	struct stat st;

	l->rootfd = open(l->session->workspace, O_RDONLY | O_DIRECTORY |
			 O_CLOEXEC);
	if (l->rootfd < 0 || fstat(l->rootfd, &st))
		return place_no_workspace(l->session->workspace, -errno, err);
	l->dev = st.st_dev;
	if (!l->tree.root->lower_ino) {
		lower_id_of(&l->tree.root->up->from, &st);
		l->tree.root->up->mode = st.st_mode & 07777;
		l->tree.root->up->uid = st.st_uid;
		l->tree.root->up->gid = st.st_gid;
		l->tree.root->up->mtime = st.st_mtim;
		l->tree.root->up->ctime = st.st_ctim;
	}
	l->tree.root->lower_ino = st.st_ino;
	if (!l->tree.root->ino)
		l->tree.root->ino = st.st_ino;
	return 0;
}

static void init(struct layer *l, struct session *s, const struct policy *p,
		 int flags)
{
	pthread_mutex_init(&l->lock, NULL);
	pthread_mutex_init(&l->view_lock, NULL);
	pthread_mutex_init(&l->list_lock, NULL);
	pthread_rwlock_init(&l->gate, NULL);
	pthread_cond_init(&l->copied, NULL);
	pthread_cond_init(&l->viewed, NULL);
	handles_init(&l->handles, handles_limit());
	l->store = (struct store){ .dirfd = -1, .datafd = -1, .logfd = -1,
				   .basefd = -1 };
	l->session = s;
	l->policy = p && !policy_is_empty(p) ? p : NULL;
	l->rootfd = -1;
	l->standinfd = -1;
	l->readonly = !(flags & LAYER_WRITE);
	l->clockfd = l->readonly ? -1 : memfd_create("clock", MFD_CLOEXEC);
	l->epoch = 1;
	buf_init(&l->items);
	buf_init(&l->unsaved);
	io_random(&l->list_key, sizeof(l->list_key));
}

int layer_open(struct layer **out, struct session *s, const struct policy *p,
	       int flags, struct err *err)
{
	struct layer *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(err, -ENOMEM, "out of memory");
	init(l, s, p, flags);
	l->links = links_new();
	r = l->links ? tree_init(&l->tree) : -ENOMEM;
	if (r) {
		err_set(err, r, "out of memory");
		goto out;
	}
	l->tree.freed = on_freed;
	l->tree.payload = l;
	r = gitguard_load_objects(&s->gitguard, s->fd);
	if (r)
		err_errno(err, r, "session %s: " GITGUARD_OBJECTS, s->id);
	else if (!l->readonly)
		r = restore_finish(s->fd, err);
	else if (restore_is_pending(s->fd))
		r = err_set(err, -EAGAIN, "a restore of the session was cut "
			    "short; scrim mount or scrim restore finishes it");
	if (!r)
		r = store_open(&l->store, s->fd, !l->readonly, err);
	if (!r)
		r = state_load(l, err);
	l->first_nid = l->tree.next_nid;
	if (!r)
		r = open_workspace(l, err);
	if (!r && !l->readonly) {
		leftover_sweep(s->fd, 0);
		l->audit = audit_open(s->fd, AUDIT_MAX);
		l->shown = shown_new(s->fd);
		r = settle_closed(l);
		if (r)
			err_errno(err, r, "the session's log");
	}
out:
	if (r)
		layer_close(l);
	else
		*out = l;
	return r;
}

int layer_open_bare(struct layer **out, struct layer *of, struct err *err)
{
	struct layer *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(err, -ENOMEM, "out of memory");
	init(l, of->session, of->policy, LAYER_READ);
	l->links = links_new();
	r = l->links ? tree_init(&l->tree) : -ENOMEM;
	if (r)
		err_set(err, r, "out of memory");
	else
		r = open_workspace(l, err);
	if (r) {
		layer_close(l);
		return r;
	}
	l->tree.freed = on_freed;
	l->tree.payload = l;
	*out = l;
	return 0;
}

void layer_serve(struct layer *l, const char *seen_at)
{
	view_open_cache(l);
	if (seen_at && strcmp(seen_at, l->session->workspace))
		l->seen_at = strdup(seen_at);
	if (l->policy && !l->dirtimes)
		l->dirtimes = dirtimes_new();
	links_start(l);
	l->retaint = retaint_start(l);
}

void layer_serve_end(struct layer *l)
{
	retaint_stop(l->retaint);
	l->retaint = NULL;
}

void layer_allow_devices(struct layer *l)
{
	l->devices = 1;
}

void layer_close(struct layer *l)
{
	if (!l)
		return;
	layer_serve_end(l);
	links_free(l->links);
	dirtimes_free(l->dirtimes);
	free(l->git_left_out.dirs);
	cache_close(l->verdicts);
	l->tree.freed = NULL;
	list_forget(l, NULL);
	for (size_t i = 0; l->tree.by_id.at && i <= l->tree.by_id.mask; i++)
		for (struct node *n = l->tree.by_id.at[i]; n; n = n->id_next)
			view_drop(l, n);
	handles_release(&l->handles);
	tree_release(&l->tree);
	layer_save_locked(l);
	store_close(&l->store);
	audit_close(l->audit);
	shown_free(l->shown);
	io_close(&l->rootfd);
	io_close(&l->clockfd);
	if (l->standinfd >= 0)
		close(l->standinfd);
	buf_release(&l->items);
	buf_release(&l->unsaved);
	free(l->seen_at);
	pthread_mutex_destroy(&l->lock);
	pthread_mutex_destroy(&l->view_lock);
	pthread_mutex_destroy(&l->list_lock);
	pthread_rwlock_destroy(&l->gate);
	pthread_cond_destroy(&l->copied);
	pthread_cond_destroy(&l->viewed);
	free(l);
}

struct node *layer_root(struct layer *l)
{
	return l->tree.root;
}

uint64_t node_id(const struct node *n)
{
	return n->id;
}

int node_is_dir(const struct node *n)
{
	return n->type == S_IFDIR;
}

struct node *layer_node(struct layer *l, uint64_t id)
{
	struct node *n;

	pthread_mutex_lock(&l->lock);
	n = node_by_id(&l->tree, id);
	pthread_mutex_unlock(&l->lock);
	return n;
}

struct node *layer_get(struct layer *l, uint64_t id)
{
	struct node *n;

	pthread_mutex_lock(&l->lock);
	n = node_by_id(&l->tree, id);
	if (n)
		n->refs++;
	pthread_mutex_unlock(&l->lock);
	return n;
}

void layer_ref(struct layer *l, struct node *n)
{
	pthread_mutex_lock(&l->lock);
	n->refs++;
	pthread_mutex_unlock(&l->lock);
}

void layer_unneeded_locked(struct layer *l, struct node *n)
{
	if (n->refs || (n->flags & NODE_BUSY) || n == l->tree.root)
		return;
	/* a node of the session that lost its last name: it goes for good */
	node_unneeded(&l->tree, n);
}

void layer_forget(struct layer *l, struct node *n, uint64_t refs)
{
	pthread_mutex_lock(&l->lock);
	if (n != l->tree.root) {
		n->refs -= refs < n->refs ? (uint32_t)refs : n->refs;
		if (n->refs || !settle_forgotten_locked(l, n))
			layer_unneeded_locked(l, n);
	}
	pthread_mutex_unlock(&l->lock);
}

int layer_is_readonly(const struct layer *l)
{
	return l->readonly;
}

int layer_sync(struct layer *l)
{
	int r;

	if (l->readonly)
		return 0;
	pthread_mutex_lock(&l->lock);
	r = layer_save_locked(l);
	pthread_mutex_unlock(&l->lock);
	return r ? r : store_sync(&l->store);
}

int layer_statfs(struct layer *l, void *statvfs)
{
	struct statvfs *out = statvfs;

	if (fstatvfs(l->store.dirfd, out))
		return -errno;
	out->f_namemax = 255;
	quota_statfs(l, out);
	return 0;
}

int layer_lower_dir(struct layer *l, struct node *dir, int *fd)
{
	struct handle *h;
	int r;

	if (dir->type != S_IFDIR ||
	    (layer_flags_of(l, dir) & (NODE_LOWER | NODE_FOREIGN)) != NODE_LOWER)
		return -ENOENT;
	r = lower_dir(l, dir, &h);
	if (r)
		return r;
	*fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	r = *fd < 0 ? -errno : 0;
	handle_put(&l->handles, h);
	return r;
}

void layer_flush_attempts(struct layer *l)
{
	audit_flush(l->audit);
}

void layer_count(struct layer *l, size_t *nodes, size_t *materialized)
{
	pthread_mutex_lock(&l->lock);
	*nodes = l->tree.by_id.n;
	*materialized = l->tree.n_upper;
	pthread_mutex_unlock(&l->lock);
}

void layer_set_watched(struct layer *l, struct node *dir, int watched)
{
	pthread_mutex_lock(&l->lock);
	if (watched)
		dir->flags |= NODE_WATCHED;
	else
		dir->flags &= ~NODE_WATCHED;
	pthread_mutex_unlock(&l->lock);
}

void layer_on_unwatch(struct layer *l, layer_unwatch_fn fn, void *payload)
{
	pthread_mutex_lock(&l->lock);
	l->unwatch = fn;
	l->unwatch_payload = payload;
	pthread_mutex_unlock(&l->lock);
}

void layer_on_verdicts(struct layer *l, layer_verdicts_fn fn, void *payload)
{
	l->verdicts_changed = fn;
	l->verdicts_payload = payload;
}

void layer_tell_verdicts(struct layer *l)
{
	if (l->verdicts_changed)
		l->verdicts_changed(l->verdicts_payload);
}

int layer_is_watched(struct layer *l, const struct node *dir)
{
	int r;

	pthread_mutex_lock(&l->lock);
	r = !!(dir->flags & NODE_WATCHED);
	pthread_mutex_unlock(&l->lock);
	return r;
}

int layer_hides(struct layer *l, struct node *dir, const char *name)
{
	struct buf origin = BUF_INIT;
	struct verdict v;

	pthread_mutex_lock(&l->lock);
	lower_policy_locked(l, dir, name, &v, &origin);
	pthread_mutex_unlock(&l->lock);
	buf_release(&origin);
	return v.action == ACTION_HIDE && v.rule && !v.confirm;
}

struct node *layer_cached(struct layer *l, struct node *dir, const char *name)
{
	struct dent *d;
	struct node *n;

	pthread_mutex_lock(&l->lock);
	d = dent_find(&l->tree, dir, name, strlen(name));
	n = d ? d->node : NULL;
	if (n)
		n->refs++;
	pthread_mutex_unlock(&l->lock);
	return n;
}

void layer_moved_below(struct layer *l, struct node *dir)
{
	/* those below it lead to where it went */
	handle_drop_dirs(&l->handles);
	list_forget(l, dir);
}

int layer_cached_names(struct layer *l, struct cached_name **out, size_t *n)
{
	struct dent_table *t = &l->tree.dents;
	int r = 0;

	*n = 0;
	pthread_mutex_lock(&l->lock);
	*out = calloc(t->n ? t->n : 1, sizeof(**out));
	if (!*out)
		r = -ENOMEM;
	for (size_t i = 0; !r && i <= t->mask; i++) {
		for (struct dent *d = t->at[i]; d; d = d->hash_next) {
			struct cached_name *c = &(*out)[*n];

			if (d->is_override || !d->node)
				continue;
			*c = (struct cached_name){ d->parent->id, d->node->id,
						   strdup(d->name) };
			*n += !!c->name;
		}
	}
	pthread_mutex_unlock(&l->lock);
	return r;
}
