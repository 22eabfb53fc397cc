/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/links.h"
#include "session/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "scan/scan.h"
#include "session/session.h"
#include "util/buf.h"

/* The verdict on one version of a file's content. */
struct view {
	unsigned refs;
	struct lower_id id;
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
	int keep = l->verdicts && v->action < ACTION_MASK;
	struct lower_id before, now;
	struct stat after;
	int r;

	if (keep && cache_is_clean(l->verdicts, st, origin))
		return 0;
	r = mask_judge(l->policy, v, fd, origin, l->session->key, out);
	if (r || out->n || !keep || fstat(fd, &after))
		return r;
	lower_id_of(&before, st);
	lower_id_of(&now, &after);
	if (lower_id_same(&before, &now))
		cache_put_clean(l->verdicts, st, origin);
	return 0;
}

/* The policy's word on where the content comes from, settled by the content. */
static int judge(struct layer *l, const struct who *w, struct node *n, int fd,
		 const struct stat *st, struct mask_list *out)
{
	struct buf origin = BUF_INIT;
	struct verdict v;
	int r;

	pthread_mutex_lock(&l->lock);
	r = node_origin(n, &origin);
	pthread_mutex_unlock(&l->lock);
	if (r)
		goto out;
	policy_whole_path(l->policy, origin.ptr, origin.len, &v);
	if (v.confirm)
		policy_confirm(l->policy, &v, fd, origin.ptr);
	if (n->flags & NODE_MASK && v.action < ACTION_MASK)
		v.action = ACTION_MASK;
	if (v.action >= ACTION_DENY || links_hidden(l, st, fd, ""))
		r = -EACCES;
	else if (judge_content(l, &v, fd, st, origin.ptr, out))
		r = -EACCES;
	if (r)
		audit_add(l->audit, w ? w->pid : 0, "read", origin.ptr,
			  rule_id(v.rule));
out:
	buf_release(&origin);
	return r;
}

/* The view of this version, if there is one; a fresh one to be judged, else. */
static struct view *find_locked(struct layer *l, struct node *n,
				const struct lower_id *id, int *fresh)
{
	struct view *v = n->view;

	*fresh = 0;
	while (v && lower_id_same(&v->id, id) && v->judging) {
		v->refs++;
		pthread_cond_wait(&l->viewed, &l->view_lock);
		put_locked(v);
		v = n->view;
	}
	if (v && lower_id_same(&v->id, id)) {
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
		r = judge(l, w, n, fd, st, &v->masks);
		pthread_mutex_lock(&l->view_lock);
		v->result = r;
		v->judging = 0;
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

void view_confirm(struct layer *l, struct verdict *v, int dirfd,
		  const char *name, const char *origin)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
			O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		policy_confirm(l->policy, v, fd, origin);
	close(fd);
}
