/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/links.h"
#include "session/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "scan/scan.h"
#include "scan/taint.h"
#include "session/session.h"
#include "session/shown.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/strlist.h"

/* The verdict on one version of a file's content. */
struct view {
	unsigned refs;
	struct lower_id id;
	unsigned long epoch;	/* of what was known of copies of secrets */
	int judging;		/* someone is at it; wait for layer->viewed */
	int result;		/* 0, or -EACCES */
	struct mask_list masks;
};

const struct mask_list *view_masks(const struct view *v)
{
	return v && v->masks.n ? &v->masks : NULL;
}

static void put_locked(struct view *v)
{
	if (v && !--v->refs) {
		mask_list_release(&v->masks);
		free(v);
	}
}

void view_put(struct layer *l, struct view *v)
{
	if (!v)
		return;
	pthread_mutex_lock(&l->view_lock);
	put_locked(v);
	pthread_mutex_unlock(&l->view_lock);
}

void view_drop(struct layer *l, struct node *n)
{
	if (!n->view)
		return;
	pthread_mutex_lock(&l->view_lock);
	put_locked(n->view);
	n->view = NULL;
	pthread_mutex_unlock(&l->view_lock);
}

void view_open_cache(struct layer *l)
{
	struct buf key = BUF_INIT;

	if (!l->policy || l->verdicts)
		return;
	buf_addf(&key, "%s view %s %d", policy_digest(l->policy),
		 PACKAGE_VERSION, SCAN_REVISION);
	/* without it all is scanned: slower, not wrong */
	if (buf_oom(&key) || cache_open(&l->verdicts, NULL, key.ptr, NULL))
		l->verdicts = NULL;
	buf_release(&key);
}

/*
 * As mask_judge, but a version that is known to be clean is not scanned. Only
 * what hangs on nothing but the bytes and the path is kept: not what is masked
 * by kind.
 */
static int judge_content(struct layer *l, const struct verdict *v, int fd,
			 const struct stat *st, const char *origin,
			 struct mask_list *out)
{
	struct taint *taint = policy_taint(l->policy);
	int keep = l->verdicts && v->action < ACTION_MASK &&
		   (!taint || taint_is_as_made(taint));
	struct lower_id before, now;
	struct stat after;
	int r;

	if (keep && cache_is_clean(l->verdicts, st, origin))
		return 0;
	r = mask_judge(l->policy, v, fd, origin, l->session->key, out);
	if (r || out->n || !keep || (taint && !taint_is_as_made(taint)) ||
	    fstat(fd, &after))
		return r;
	lower_id_of(&before, st);
	lower_id_of(&now, &after);
	if (lower_id_same(&before, &now))
		cache_put_clean(l->verdicts, st, origin);
	return 0;
}

/* The places in the workspace that n is known to be at. */
static int places_of(struct layer *l, struct node *n, struct strlist *out)
{
	struct buf path = BUF_INIT;
	int r = 0;

	pthread_mutex_lock(&l->lock);
	if (n->up || !n->names) {
		r = node_origin(n, &path);
		if (!r)
			r = strlist_add(out, path.ptr);
	}
	for (struct dent *d = n->up ? NULL : n->names; d && !r; d = d->alias) {
		r = node_origin(d->parent, &path);
		if (!r && path.len)
			buf_addch(&path, '/');
		buf_add(&path, d->name, d->name_len);
		if (!r)
			r = buf_oom(&path) ? -ENOMEM :
			    strlist_add(out, path.ptr);
	}
	pthread_mutex_unlock(&l->lock);
	buf_release(&path);
	return r;
}

static int is_at(struct layer *l, const char *path, const struct stat *st)
{
	struct stat there;
	int fd, same;

	if (io_open_beneath(l->rootfd, path, O_PATH | O_NOFOLLOW, 0, &fd))
		return 0;
	same = !fstat(fd, &there) && there.st_ino == st->st_ino &&
	       there.st_dev == st->st_dev;
	close(fd);
	return same;
}

int view_check_place(struct layer *l, struct node *n, int fd)
{
	struct strlist places = STRLIST_INIT;
	struct stat st;
	int r, found = 0;

	if (fstat(fd, &st))
		return -errno;
	r = places_of(l, n, &places);
	for (size_t i = 0; i < places.n && !found; i++)
		found = is_at(l, places.at[i], &st);
	strlist_release(&places);
	return r ? r : found ? 0 : -ESTALE;
}

static void take(struct verdict *v, const struct verdict *other,
		 struct buf *origin, const char *path)
{
	*v = *other;
	buf_clear(origin);
	buf_addstr(origin, path);
}

/*
 * The policy's word on where the content is now, not on where it was found: the
 * user may have moved it, or a directory above it, to where it is a secret, and
 * gone on writing to it. One that was removed is what it was.
 */
static int judge_places(struct layer *l, struct node *n, int fd,
			const struct stat *st, struct verdict *v,
			struct buf *origin)
{
	struct strlist places = STRLIST_INIT;
	struct buf linked = BUF_INIT;
	struct verdict here;
	int r;

	r = places_of(l, n, &places);
	for (size_t i = 0; i < places.n && !r; i++) {
		const char *path = places.at[i];

		if (st->st_nlink && !is_at(l, path, st))
			continue;
		policy_of_file(l->policy, path, fd, &here);
		if (!origin->len || here.action > v->action)
			take(v, &here, origin, path);
	}
	if (!r && !origin->len)
		r = -ESTALE;
	if (!r && n->flags & NODE_MASK && v->action < ACTION_MASK)
		v->action = ACTION_MASK;
	if (!r) {
		links_verdict(l, st, fd, "", &here, &linked);
		if (here.action >= ACTION_MASK && here.action >= v->action)
			take(v, &here, origin, linked.len ? linked.ptr :
			     places.at[0]);
		r = buf_oom(origin) || buf_oom(&linked) ? -ENOMEM : 0;
	}
	strlist_release(&places);
	buf_release(&linked);
	return r;
}

/*
 * Within one tick of the file system's clock a file can change and look the same.
 * A tick later that cannot be any more, so a fresh file waits for it.
 */
#define TICK_NS 12000000L

static void let_settle(const struct stat *st)
{
	struct timespec t, left = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &t);
	left.tv_nsec = st->st_ctim.tv_nsec - t.tv_nsec + TICK_NS +
		       (st->st_ctim.tv_sec - t.tv_sec) * 1000000000L;
	if (st->st_ctim.tv_sec >= t.tv_sec - 1 && left.tv_nsec > 0 &&
	    left.tv_nsec <= TICK_NS)
		nanosleep(&left, NULL);
}

/*
 * A store through a mapping moves the times only where the page was clean. So what
 * was written before is put on disk first: after the verdict the next store tells.
 * overlayfs has no pages of its own and needs fsync for that, of what is young.
 */
#define WRITTEN_AFTER_S 120

static void let_stores_tell(int fd, const struct stat *st)
{
	struct statfs fs;

	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE |
			SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
	if (st->st_mtim.tv_sec + WRITTEN_AFTER_S > time(NULL) &&
	    !fstatfs(fd, &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC)
		fdatasync(fd);
}

static unsigned long epoch_of(const struct layer *l)
{
	const struct taint *t = policy_taint(l->policy);

	return t ? taint_epoch(t) : 0;
}

/* What is secret elsewhere is to be known as of this version at least. */
static int look_for_secrets(struct layer *l, const struct stat *st,
			    unsigned long *epoch)
{
	struct taint *t = policy_taint(l->policy);
	int r = t ? taint_look(t, &st->st_ctim) : 0;

	*epoch = epoch_of(l);
	return r;
}

static int judge(struct layer *l, const struct who *w, struct node *n, int fd,
		 const struct stat *st, struct mask_list *out)
{
	struct verdict v = { ACTION_SHOW, NULL, 0 };
	struct buf origin = BUF_INIT;
	int r;

	let_settle(st);
	let_stores_tell(fd, st);
	r = judge_places(l, n, fd, st, &v, &origin);
	if (!r && (v.action >= ACTION_DENY ||
		   judge_content(l, &v, fd, st, origin.ptr, out))) {
		audit_add(l->audit, w ? w->pid : 0, "read", origin.ptr,
			  rule_id(v.rule));
		r = -EACCES;
	}
	if (!r && mask_has_short(out))
		shown_note(l->shown, origin.ptr);
	buf_release(&origin);
	return r;
}

/* The view of this version, if there is one; a fresh one to be judged, else. */
static struct view *find_locked(struct layer *l, struct node *n,
				const struct lower_id *id, int *fresh)
{
	struct view *v = n->view;
	unsigned long epoch = epoch_of(l);

	*fresh = 0;
	while (v && lower_id_same(&v->id, id) && v->judging) {
		v->refs++;
		pthread_cond_wait(&l->viewed, &l->view_lock);
		put_locked(v);
		v = n->view;
	}
	if (v && lower_id_same(&v->id, id) && v->epoch == epoch) {
		v->refs++;
		return v;
	}
	v = calloc(1, sizeof(*v));
	if (!v)
		return NULL;
	put_locked(n->view);
	n->view = v;
	v->refs = 2;
	v->id = *id;
	v->judging = 1;
	*fresh = 1;
	return v;
}

int view_get(struct layer *l, const struct who *w, struct node *n, int fd,
	     const struct stat *st, struct view **out)
{
	struct lower_id id;
	unsigned long epoch = 0;
	struct view *v;
	int fresh, r;

	*out = NULL;
	if (!l->policy)
		return 0;
	lower_id_of(&id, st);
	pthread_mutex_lock(&l->view_lock);
	v = find_locked(l, n, &id, &fresh);
	pthread_mutex_unlock(&l->view_lock);
	if (!v)
		return -ENOMEM;
	if (fresh) {
		r = look_for_secrets(l, st, &epoch);
		if (!r)
			r = judge(l, w, n, fd, st, &v->masks);
		pthread_mutex_lock(&l->view_lock);
		v->result = r;
		v->epoch = epoch;
		v->judging = 0;
		if (r != -EACCES && r)
			v->id.ino = 0;	/* not a verdict: ask again */
		pthread_cond_broadcast(&l->viewed);
		pthread_mutex_unlock(&l->view_lock);
	}
	r = v->result;
	if (!r && v->masks.n)
		*out = v;
	else
		view_put(l, v);
	return r;
}

#define STANDIN_SIZE 1700	/* as a key has it */

static int standin_open(struct layer *l)
{
	char text[STANDIN_SIZE];
	int fd = l->standinfd, none = -1;

	if (fd >= 0)
		return fd;
	fd = memfd_create("standin", MFD_CLOEXEC);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 65 == 64 ? '\n' : (char)('A' + i * 7 % 26);
	if (fd >= 0)
		io_pwrite_full(fd, text, sizeof(text), 0);
	if (fd < 0 || atomic_compare_exchange_strong(&l->standinfd, &none, fd))
		return fd;
	close(fd);	/* another thread was first */
	return none;
}

void view_confirm_absent(struct layer *l, const struct who *w,
			 const struct verdict *v, const char *origin)
{
	struct verdict as_if = *v;
	int fd = w ? standin_open(l) : -1;

	if (fd < 0)
		return;
	policy_confirm(l->policy, &as_if, fd, origin);
	audit_pretend(l->audit, w->pid, "lookup", origin, rule_id(v->rule));
}

int view_shows_value(struct layer *l, const struct buf *value)
{
	static const struct verdict show = { ACTION_SHOW, NULL, 0 };
	struct mask_list list = { NULL, 0 };
	int fd, r;

	if (!l->policy || value->len < 4)
		return 1;
	fd = memfd_create("scrim-value", MFD_CLOEXEC);
	if (fd < 0)
		return 0;
	r = io_write_full(fd, value->ptr, value->len);
	if (!r)
		r = mask_judge(l->policy, &show, fd, "", l->session->key,
			       &list);
	r = !r && !list.n;
	mask_list_release(&list);
	close(fd);
	return r;
}
