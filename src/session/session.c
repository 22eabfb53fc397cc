/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/find.h"
#include "session/meta.h"
#include "session/place.h"
#include "util/io.h"
#include "util/path.h"

/* What session_create holds on its way. */
struct creation {
	struct session *s;
	char *place;		/* path of the state directory */
	int placefd, lockfd;
	char temp[sizeof(PLACE_NEW) + SESSION_ID_LEN];
	int made;		/* temp exists */
};

struct session *session_new(void)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s)
		s->fd = s->lock_fd = -1;
	return s;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	io_close(&s->lock_fd);
	io_close(&s->fd);
	free(s->name);
	free(s->workspace);
	free(s->dir);
	free(s->rules);
	free(s->group);
	free(s->access);
	free(s->git);
	gitguard_release(&s->gitguard);
	free(s->options);
	explicit_bzero(s->key, sizeof(s->key));
	free(s);
}

int session_derive(struct session **out, const struct session *s, int fd)
{
	struct session *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->fd = d->lock_fd = -1;
	memcpy(d->id, s->id, sizeof(d->id));
	d->dir = strdup(s->dir);
	d->fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 3);
	r = !d->dir ? -ENOMEM : d->fd < 0 ? -errno : meta_read(d, NULL);
	if (r) {
		session_close(d);
		return r;
	}
	close(d->fd);
	d->fd = fd;
	*out = d;
	return 0;
}

int session_save_meta(struct session *s, struct err *err)
{
	return meta_write(s, err);
}

/* ========== what may not be a workspace ========== */

/* The place before it is made: its deepest ancestor that exists tells. */
static int open_ancestor(const char *path)
{
	char *copy = strdup(path), *slash;
	int fd;

	if (!copy)
		return -ENOMEM;
	while ((fd = open(copy, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0 &&
	       errno == ENOENT && (slash = strrchr(copy, '/')) && slash != copy)
		*slash = '\0';
	if (fd < 0)
		fd = open(*copy == '/' ? "/" : ".",
			  O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	return fd < 0 ? -errno : fd;
}

static int refuse_place_inside(const char *state_dir, const struct stat *ws,
			       struct err *err)
{
	char *path = NULL;
	int fd, ret;

	ret = session_state_dir(state_dir, &path, err);
	if (ret)
		return ret;
	fd = open_ancestor(path);
	ret = fd < 0 ? fd : place_is_inside(fd, ws);
	io_close(&fd);
	if (ret > 0)
		ret = err_set(err, -EINVAL, "the state directory %s lies inside "
			      "the workspace; choose one outside of it with "
			      "--state-dir", path);
	else if (ret < 0)
		err_errno(err, ret, "state directory %s", path);
	free(path);
	return ret;
}

static int refuse_inside_place(const char *workspace, int wsfd, int placefd,
			       struct err *err)
{
	struct stat st;
	int ret;

	ret = fstat(placefd, &st) ? -errno : place_is_inside(wsfd, &st);
	if (ret > 0)
		return err_set(err, -EINVAL, "%s lies inside the state directory"
			       " of scrim; a session is no workspace", workspace);
	return ret ? err_errno(err, ret, "%s", workspace) : 0;
}

static int refuse_views_and_twins(const struct creation *c, struct err *err)
{
	const struct session *new = c->s;
	struct session_list list = { NULL, 0 };
	int ret;

	ret = session_list(c->place, &list, err);
	for (size_t i = 0; i < list.n && !ret; i++) {
		const struct session *s = list.at[i];
		char *at = session_mountpoint(s);

		if (at && path_is_below(new->workspace + 1, at + 1))
			ret = err_set(err, -EINVAL, "%s lies inside the view "
				      "mounted at %s; a view is no workspace",
				      new->workspace, at);
		else if (new->name && s->name && s->workspace &&
			 !strcmp(new->name, s->name) &&
			 !strcmp(new->workspace, s->workspace))
			ret = err_set(err, -EEXIST, "this workspace has a "
				      "session named %s; go on with it by "
				      "--session %s, or choose another name",
				      s->name, s->name);
		free(at);
	}
	session_list_release(&list);
	return ret;
}

/* ========== create ========== */

static int open_workspace(const char *path, char **real, int *fd,
			  struct err *err)
{
	int ret = path_real(path, real);

	if (!ret) {
		*fd = open(*real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ret = *fd < 0 ? -errno : 0;
	}
	return ret ? place_no_workspace(path, ret, err) : 0;
}

static int fill(struct session *s, const char *name, struct err *err)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	s->created = now.tv_sec;
	s->created_nsec = now.tv_nsec;
	s->format = SESSION_FORMAT;
	io_random(s->key, sizeof(s->key));
	if (!name)
		return 0;
	s->name = strdup(name);
	return s->name ? 0 : err_errno(err, -ENOMEM, "session");
}

/* The directory, under a name that no one takes for a session. */
static int make_temp(struct creation *c, struct err *err)
{
	struct session *s = c->s;
	struct stat st;

	do {
		place_make_id(s->id);
		snprintf(c->temp, sizeof(c->temp), PLACE_NEW "%s", s->id);
	} while (!fstatat(c->placefd, s->id, &st, AT_SYMLINK_NOFOLLOW));
	if (mkdirat(c->placefd, c->temp, 0700))
		return err_errno(err, -errno, "%s/%s", c->place, c->temp);
	c->made = 1;
	if (asprintf(&s->dir, "%s/%s", c->place, s->id) < 0) {
		s->dir = NULL;
		return err_errno(err, -ENOMEM, "session");
	}
	return place_open_session(c->placefd, c->temp, &s->fd, err);
}

static int publish(struct creation *c, struct err *err)
{
	int ret;

	ret = session_lock(c->s, err);
	if (!ret)
		ret = meta_write(c->s, err);
	if (ret)
		return ret;
	if (renameat(c->placefd, c->temp, c->placefd, c->s->id))
		return err_errno(err, -errno, "%s", c->s->dir);
	c->made = 0;
	io_sync_dir(c->placefd);
	return 0;
}

static int create_in_place(struct creation *c, const char *name,
			   struct err *err)
{
	int ret;

	ret = place_lock(c->placefd, &c->lockfd, err);
	if (ret)
		return ret;
	place_sweep(c->placefd);
	ret = fill(c->s, name, err);
	if (!ret)
		ret = refuse_views_and_twins(c, err);
	if (!ret)
		ret = make_temp(c, err);
	if (!ret)
		ret = publish(c, err);
	if (ret && c->made)
		io_remove_tree(c->placefd, c->temp);
	return ret;
}

int session_check_name(const char *name, struct err *err)
{
	if (place_is_name(name))
		return 0;
	return err_set(err, -EINVAL, "'%s' cannot be a session's name: 1 to 64 "
		       "letters, digits, '.', '_' and '-', not beginning with "
		       "'.' or '-'", name);
}

static void unmake(const char *state_dir, unsigned missing)
{
	char *path;

	if (session_state_dir(state_dir, &path, NULL))
		return;
	place_unmake(path, missing);
	free(path);
}

int session_create(struct session **out, const char *state_dir,
		   const char *workspace, const char *name, struct err *err)
{
	struct creation c = { .s = session_new(), .placefd = -1, .lockfd = -1 };
	unsigned missing = place_missing(state_dir);
	struct stat st;
	int wsfd = -1, ret;

	if (!c.s)
		return err_errno(err, -ENOMEM, "session");
	ret = name ? session_check_name(name, err) : 0;
	if (!ret)
		ret = open_workspace(workspace, &c.s->workspace, &wsfd, err);
	if (!ret && fstat(wsfd, &st))
		ret = place_no_workspace(workspace, -errno, err);
	if (!ret)
		ret = refuse_place_inside(state_dir, &st, err);
	if (!ret)
		ret = place_open(state_dir, PLACE_CREATE, &c.place, &c.placefd,
				 err);
	if (!ret)
		ret = refuse_inside_place(c.s->workspace, wsfd, c.placefd, err);
	if (!ret)
		ret = create_in_place(&c, name, err);
	io_close(&c.lockfd);
	if (!ret) {
		c.s->made = missing;
		*out = c.s;
		c.s = NULL;
	} else {
		unmake(state_dir, missing);
	}
	session_close(c.s);
	io_close(&c.placefd);
	io_close(&wsfd);
	free(c.place);
	return ret;
}

/* ========== destroy ========== */

/* Is id in placefd still the directory that we hold? */
static int is_same(int placefd, const struct session *s)
{
	struct stat a, b;

	return !fstat(s->fd, &a) &&
	       !fstatat(placefd, s->id, &b, AT_SYMLINK_NOFOLLOW) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int session_destroy(struct session *s, struct err *err)
{
	char gone[sizeof(PLACE_GONE) + SESSION_ID_LEN];
	int placefd, ret = 0;

	if (s->lock_fd < 0)
		return err_set(err, -ENOLCK, "session %s is not locked", s->id);
	placefd = openat(s->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(gone, sizeof(gone), PLACE_GONE "%s", s->id);
	if (placefd < 0)
		ret = -errno;
	else if (!is_same(placefd, s))
		ret = -ESTALE;
	else if (renameat(placefd, s->id, placefd, gone))
		ret = -errno;
	/*
	 * A file that is open stays under another name on NFS and FUSE, till
	 * place_sweep.
	 */
	if (!ret) {
		io_close(&s->lock_fd);
		ret = io_remove_tree(placefd, gone);
		ret = ret == -ENOTEMPTY ? 0 : ret;
	}
	io_close(&placefd);
	return ret ? err_errno(err, ret, "%s", s->dir) : 0;
}

int session_unmake(struct session *s, struct err *err)
{
	char *place = strdup(s->dir), *end = place ? strrchr(place, '/') : NULL;
	int ret = session_destroy(s, err);

	if (!ret && end && end > place) {
		*end = '\0';
		place_unmake(place, s->made);
	}
	free(place);
	return ret;
}
