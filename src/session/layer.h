/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LAYER_H
#define SESSION_LAYER_H
/* contract draft, being written: the merged tree, see HACKING.md */
struct layer;
struct session;
struct policy;
struct err;

enum layer_open_flags {
	LAYER_READ = 0,		/* list and read; the session may be mounted */
	LAYER_WRITE = 1 << 0,	/* the session's lock is held */
};
int layer_open(struct layer **out, struct session *s, const struct policy *p,
	       int flags, struct err *err);
void layer_close(struct layer *l);

/*
 * After apply: the change at path is now the workspace's own; the session
 * forgets it. For discard: the same, and the workspace shows through again.
 * Paths are the view's; in one atomic record.
 */
int layer_drop(struct layer *l, const char *const *paths, size_t n,
	       struct err *err);
#endif
