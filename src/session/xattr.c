/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/quota.h"
#include "session/acl.h"
#include "session/touch.h"
#include "session/lower.h"
#include "session/refuse.h"
#include "session/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "util/io.h"

/* As the kernel's own limits (xattr(7)): one value, or one list of names. */
#define XATTRS_MAX (64u << 10)
/* All names and values of one node. */
#define XATTRS_TOTAL (1u << 20)

struct xattr *xattr_find(struct upper *up, const char *name)
{
	struct xattr *x = up->xattrs;

	while (x && strcmp(x->name, name))
		x = x->next;
	return x;
}

static int xattr_remove(struct upper *up, const char *name)
{
	for (struct xattr **slot = &up->xattrs; *slot; slot = &(*slot)->next) {
		struct xattr *x = *slot;

		if (strcmp(x->name, name))
			continue;
		*slot = x->next;
		free(x->value);
		free(x);
		return 0;
	}
	return -ENODATA;
}

int xattr_put(struct upper *up, const char *name, const void *value,
	      size_t len)
{
	struct xattr *x;
	char *copy;

	if (!value)
		return xattr_remove(up, name);
	copy = malloc(len ? len : 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, value, len);
	x = xattr_find(up, name);
	if (!x) {
		x = calloc(1, sizeof(*x) + strlen(name) + 1);
		if (!x) {
			free(copy);
			return -ENOMEM;
		}
		memcpy(x->name, name, strlen(name));
		x->next = up->xattrs;
		up->xattrs = x;
	}
	free(x->value);
	x->value = copy;
	x->len = len;
	return 0;
}

static int is_acl(const char *name)
{
	return !strcmp(name, ACL_ACCESS) || !strcmp(name, ACL_DEFAULT);
}

static int check_settable(const struct node *n, const char *name)
{
	if (strlen(name) > 255)
		return -ERANGE;
	if (is_acl(name))
		return n->type == S_IFLNK ? -EOPNOTSUPP :
		       !strcmp(name, ACL_DEFAULT) && n->type != S_IFDIR ?
		       -EACCES : 0;
	if (strncmp(name, "user.", 5))
		return -EOPNOTSUPP;
	if (!name[5])
		return -EINVAL;
	return n->type == S_IFREG || n->type == S_IFDIR ? 0 : -EPERM;
}

static size_t xattrs_size(const struct upper *up)
{
	size_t sum = 0;

	for (const struct xattr *x = up->xattrs; x; x = x->next)
		sum += strlen(x->name) + x->len;
	return sum;
}

static int check_flags(struct node *n, const char *name, size_t len, int flags)
{
	struct xattr *x = xattr_find(n->up, name);

	if (flags & XATTR_CREATE && x)
		return -EEXIST;
	if (flags & XATTR_REPLACE && !x)
		return -ENODATA;
	if (xattrs_size(n->up) - (x ? x->len : 0) + len > XATTRS_TOTAL)
		return -ENOSPC;
	return 0;
}

static int put_locked(struct layer *l, struct node *n, const char *name,
		      const void *value, size_t len)
{
	int r = layer_begin(l);

	if (!r)
		r = xattr_put(n->up, name, value, len);
	if (r)
		return r;
	now(l, &n->up->ctime);
	put_xattr(l, n, name);
	put_node(l, n);
	return layer_commit(l);
}

/*
 * An access ACL sets the permission bits as chmod(2) does, which takes set-group-ID
 * from those who are not in the group, and is kept only if it says more.
 */
static int set_access_acl_locked(struct layer *l, const struct who *w,
				 struct node *n, const void *value, size_t len)
{
	mode_t mode;
	int minimal, r;

	r = acl_mode(value, len, &mode, &minimal);
	if (r)
		return r;
	n->up->mode = (n->up->mode & ~0777u) | mode;
	if (!who_in_group(w, n->up->gid))
		n->up->mode &= ~S_ISGID;
	if (!minimal)
		return put_locked(l, n, ACL_ACCESS, value, len);
	r = put_locked(l, n, ACL_ACCESS, NULL, 0);
	if (r != -ENODATA)
		return r;
	now(l, &n->up->ctime);
	put_node(l, n);
	return layer_commit(l);
}

static int check_writable(struct layer *l, const struct who *w,
			  struct node *n)
{
	if (l->readonly)
		return -EROFS;
	return refuse_write(l, w, n, "setxattr");
}

int layer_setxattr(struct layer *l, const struct who *w, struct node *n,
		   const char *name, const void *value, size_t len, int flags)
{
	mode_t mode;
	int minimal, r;

	r = check_settable(n, name);
	if (!r)
		r = check_writable(l, w, n);
	if (!r && is_acl(name) && len)
		r = acl_mode(value, len, &mode, &minimal);
	if (!r)
		r = quota_bytes(l, len);
	if (!r)
		r = touch_meta(l, n);
	if (r)
		return r;
	pthread_mutex_lock(&l->lock);
	r = check_flags(n, name, len, flags);
	if (r)
		goto out;
	if (!strcmp(name, ACL_ACCESS))
		r = set_access_acl_locked(l, w, n, value, len);
	else
		r = put_locked(l, n, name, value, len);
out:
	pthread_mutex_unlock(&l->lock);
	return r;
}

/* 1 where the session's own list answers, 0 where the workspace must. */
static int own_value(struct layer *l, struct node *n, const char *name,
		     struct buf *out, int *r)
{
	int own;

	pthread_mutex_lock(&l->lock);
	own = !!(n->flags & NODE_META);
	if (own) {
		struct xattr *x = xattr_find(n->up, name);

		*r = x ? 0 : -ENODATA;
		if (x)
			buf_add(out, x->value, x->len);
	}
	pthread_mutex_unlock(&l->lock);
	return own;
}

/* One that holds a secret is not there. */
static int lower_value(struct layer *l, int fd, const char *name,
		       struct buf *out)
{
	ssize_t len;

	if (buf_grow(out, XATTRS_MAX))
		return -ENOMEM;
	len = fgetxattr(fd, name, out->ptr, XATTRS_MAX);
	if (len < 0)
		return errno == EOPNOTSUPP ? -ENODATA : -errno;
	out->len = (size_t)len;
	if (is_acl(name) || view_shows_value(l, out))
		return 0;
	buf_wipe(out);
	return -ENODATA;
}

/* As is_kept_xattr of touch.c. */
static int is_visible(const struct node *n, const char *name)
{
	return is_acl(name) ||
	       (!strncmp(name, "user.", 5) && !(n->flags & NODE_MASK));
}

/* The object below, where its attributes may be seen. */
static int open_lower(struct layer *l, struct node *n, int *fd)
{
	int r;

	*fd = -1;
	if (n->flags & NODE_DENY)
		return -EACCES;
	r = lower_open(l, n, fd);
	if (!r)
		r = view_check_place(l, n, *fd);
	if (r)
		io_close(fd);
	return r;
}

int layer_getxattr(struct layer *l, struct node *n, const char *name,
		   struct buf *out)
{
	int fd, r;

	if (!is_acl(name) && strncmp(name, "user.", 5))
		return !strncmp(name, "security.", 9) ? -ENODATA : -EOPNOTSUPP;
	if (own_value(l, n, name, out, &r))
		return r;
	if ((n->type != S_IFREG && n->type != S_IFDIR) || !is_visible(n, name))
		return -ENODATA;
	r = open_lower(l, n, &fd);
	if (r)
		return r == -EACCES ? -ENODATA : r;
	r = lower_value(l, fd, name, out);
	io_close(&fd);
	return r;
}

static void add_visible(struct layer *l, const struct node *n, int fd,
			struct buf *out, const char *names, size_t len)
{
	struct buf value = BUF_INIT;

	for (size_t i = 0; i < len; i += strlen(names + i) + 1) {
		buf_clear(&value);
		if (!is_visible(n, names + i) ||
		    lower_value(l, fd, names + i, &value))
			continue;
		/* a name can hold one, too */
		buf_clear(&value);
		buf_addstr(&value, names + i);
		if (is_acl(names + i) || view_shows_value(l, &value))
			buf_add(out, names + i, strlen(names + i) + 1);
	}
	buf_release(&value);
}

static int lower_names(struct layer *l, struct node *n, struct buf *out)
{
	struct buf names = BUF_INIT;
	ssize_t len = 0;
	int fd, r;

	r = open_lower(l, n, &fd);
	if (r)
		return r == -EACCES ? 0 : r;
	if (buf_grow(&names, XATTRS_MAX))
		r = -ENOMEM;
	else
		len = flistxattr(fd, names.ptr, XATTRS_MAX);
	if (len > 0)
		add_visible(l, n, fd, out, names.ptr, (size_t)len);
	io_close(&fd);
	buf_release(&names);
	return r;
}

int layer_listxattr(struct layer *l, struct node *n, struct buf *out)
{
	int own;

	pthread_mutex_lock(&l->lock);
	own = !!(n->flags & NODE_META);
	for (struct xattr *x = own ? n->up->xattrs : NULL; x; x = x->next)
		buf_add(out, x->name, strlen(x->name) + 1);
	pthread_mutex_unlock(&l->lock);
	if (!own && (n->type == S_IFREG || n->type == S_IFDIR)) {
		int r = lower_names(l, n, out);

		if (r)
			return r;
	}
	return buf_oom(out) ? -ENOMEM : 0;
}

int layer_removexattr(struct layer *l, const struct who *w, struct node *n,
		      const char *name)
{
	int r;

	r = check_settable(n, name);
	if (!r)
		r = check_writable(l, w, n);
	if (!r)
		r = touch_meta(l, n);
	if (r)
		return r;
	pthread_mutex_lock(&l->lock);
	r = xattr_find(n->up, name) ? put_locked(l, n, name, NULL, 0)
				    : is_acl(name) ? 0 : -ENODATA;
	pthread_mutex_unlock(&l->lock);
	return r;
}
