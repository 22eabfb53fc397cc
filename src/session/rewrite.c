/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/change.h"

#include <errno.h>
#include <sys/stat.h>

#include "session/drop.h"
#include "session/touch.h"

/* The new file takes the old one's name; what is open is opened again. */
static int replace(struct layer *l, struct node *n, int from)
{
	struct stat st;
	int r;

	if (fstat(from, &st))
		return -errno;
	now(l, &st.st_mtim);
	st.st_atim = st.st_mtim;
	r = store_data_replace(&l->store, n->up->nid, from, &st, 1);
	if (r)
		return r;
	handle_drop(&l->handles, n);
	n->up->epoch = l->epoch;
	return store_data_sync(&l->store, n->up->nid);
}

static int rewrite_locked(struct layer *l, const char *path,
			  const struct stat *seen, int from, uint64_t *id,
			  struct err *err)
{
	struct dent *d = drop_dent_at(l, path);
	struct node *n = d ? d->node : NULL;
	int r;

	if (!n || n->type != S_IFREG || !(n->flags & NODE_DATA))
		return err_set(err, -ENOENT, "%s: the session has no content of"
			       " its own there", path);
	while (n->flags & NODE_BUSY)
		pthread_cond_wait(&l->copied, &l->lock);
	if (!drop_is_as_seen(l, n, seen))
		return err_set(err, -EBUSY, "%s was changed by the agent"
			       " meanwhile; look at it again", path);
	*id = n->id;
	r = replace(l, n, from);
	return r ? err_errno(err, r, "%s", path) : 0;
}

int layer_rewrite(struct layer *l, const char *path, const struct stat *seen,
		  int from, uint64_t *id, struct err *err)
{
	int r;

	/* The gate keeps writes out, so none goes to the file that is left. */
	pthread_rwlock_wrlock(&l->gate);
	pthread_mutex_lock(&l->lock);
	r = rewrite_locked(l, path, seen, from, id, err);
	pthread_mutex_unlock(&l->lock);
	pthread_rwlock_unlock(&l->gate);
	return r;
}
