/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/refuse.h"

#include <errno.h>

int refuse(struct layer *l, const struct who *w, struct node *n,
	   const char *op)
{
	struct verdict v = { ACTION_DENY, NULL, 0 };
	struct buf origin = BUF_INIT, path = BUF_INIT;
	int r;

	pthread_mutex_lock(&l->lock);
	r = node_path(n, &path);
	if (!r)
		r = node_origin(n, &origin);
	pthread_mutex_unlock(&l->lock);
	if (!r && l->policy)
		policy_whole_path(l->policy, origin.ptr, origin.len, &v);
	audit_add(l->audit, w ? w->pid : 0, op, path.len ? path.ptr : "",
		  rule_id(v.rule));
	buf_release(&origin);
	buf_release(&path);
	return -EACCES;
}

int refuse_write(struct layer *l, const struct who *w, struct node *n,
		 const char *op)
{
	if (!(layer_flags_of(l, n) & (NODE_READONLY | NODE_DENY)))
		return 0;
	return refuse(l, w, n, op);
}

int refuse_read(struct layer *l, const struct who *w, struct node *n,
		const char *op)
{
	if (!w || !(layer_flags_of(l, n) & NODE_DENY))
		return 0;
	return refuse(l, w, n, op);
}
