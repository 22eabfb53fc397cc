/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/group.h"
#include "session/meta.h"
#include "session/place.h"
#include "session/session.h"
#include "util/io.h"
#include "util/path.h"

/* A handle of the session id, whatever format it has. */
static int load(int placefd, const char *place, const char *id,
		struct session **out, struct err *err)
{
	struct session *s = session_new();
	int ret = -ENOMEM;

	if (s && asprintf(&s->dir, "%s/%s", place, id) < 0)
		s->dir = NULL;
	if (!s || !s->dir) {
		err_errno(err, ret, "session %s", id);
		goto out;
	}
	memcpy(s->id, id, SESSION_ID_LEN + 1);
	ret = place_open_session(placefd, id, &s->fd, err);
	if (ret)
		goto out;
	ret = meta_read(s, err);
	if (ret) {
		err_wrap(err, "session %s", id);
		goto out;
	}
	*out = s;
	s = NULL;
out:
	session_close(s);
	return ret;
}

/* ========== list ========== */

static struct session *load_broken(const char *place, const char *id)
{
	struct session *s = session_new();

	if (!s || asprintf(&s->dir, "%s/%s", place, id) < 0) {
		free(s);
		return NULL;
	}
	memcpy(s->id, id, SESSION_ID_LEN + 1);
	s->format = -1;
	return s;
}

static int list_one(int placefd, const char *place, const char *id,
		    struct session_list *list)
{
	struct session **at, *s = NULL;

	if (load(placefd, place, id, &s, NULL))
		s = load_broken(place, id);
	at = s ? realloc(list->at, (list->n + 1) * sizeof(*at)) : NULL;
	if (!at) {
		session_close(s);
		return -ENOMEM;
	}
	/* one descriptor each would be too many for a long list */
	io_close(&s->fd);
	list->at = at;
	list->at[list->n++] = s;
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct session *s = *(struct session *const *)a;
	const struct session *t = *(struct session *const *)b;

	if (s->created != t->created)
		return s->created > t->created ? -1 : 1;
	if (s->created_nsec != t->created_nsec)
		return s->created_nsec > t->created_nsec ? -1 : 1;
	return strcmp(s->id, t->id);
}

static int list_place(int placefd, const char *place,
		      struct session_list *list)
{
	int d = openat(placefd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = d < 0 ? NULL : fdopendir(d);
	struct dirent *e;
	int ret = 0;

	if (!dir) {
		ret = -errno;
		io_close(&d);
		return ret;
	}
	while (!ret && (errno = 0, e = readdir(dir)))
		if (place_is_id(e->d_name))
			ret = list_one(placefd, place, e->d_name, list);
	if (!ret && errno)
		ret = -errno;
	closedir(dir);
	if (list->n)
		qsort(list->at, list->n, sizeof(*list->at), newest_first);
	return ret;
}

int session_list(const char *state_dir, struct session_list *out,
		 struct err *err)
{
	struct session_list list = { NULL, 0 };
	struct err inner = ERR_INIT;
	char *place = NULL;
	int placefd = -1, ret;

	ret = place_open(state_dir, 0, &place, &placefd, &inner);
	if (ret == -ENOENT) {
		*out = list;
		return 0;
	}
	if (ret) {
		if (err)
			*err = inner;
		goto out;
	}
	ret = list_place(placefd, place, &list);
	if (ret) {
		err_errno(err, ret, "%s", place);
		goto out;
	}
	*out = list;
	list.at = NULL;
	list.n = 0;
out:
	session_list_release(&list);
	io_close(&placefd);
	free(place);
	return ret;
}

void session_list_release(struct session_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		session_close(l->at[i]);
	free(l->at);
	l->at = NULL;
	l->n = 0;
}

/* ========== choose ========== */

/* How well s fits a directory: bytes of the tree that holds it, plus one. */
static size_t fit(const struct session *s, const char *dir)
{
	size_t len = 0;
	char *at;

	if (s->workspace && path_is_below(dir + 1, s->workspace + 1))
		len = strlen(s->workspace) + 1;
	at = session_mountpoint(s);
	if (at && path_is_below(dir + 1, at + 1) && strlen(at) >= len)
		len = strlen(at) + 1;
	free(at);
	return len;
}

/* The list is newest first, so of equals the first is taken. */
static const struct session *choose_by_dir(const struct session_list *list,
					   const char *dir, const char *name)
{
	const struct session *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct session *s = list->at[i];
		size_t len;

		if (name && (!s->name || strcmp(s->name, name)))
			continue;
		len = fit(s, dir);
		if (len > best_len) {
			best = s;
			best_len = len;
		}
	}
	return best;
}

static int choose_by_name(const struct session_list *list, const char *name,
			  const char *dir, const struct session **out,
			  struct err *err)
{
	const struct session *found = NULL;

	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->at[i]->id, name)) {
			*out = list->at[i];
			return 0;
		}
	*out = dir ? choose_by_dir(list, dir, name) : NULL;
	if (*out)
		return 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct session *s = list->at[i];

		if (!s->name || strcmp(s->name, name))
			continue;
		if (found && group_same(found, s))
			return err_set(err, -ENOTUNIQ, "session %s is of several "
				       "workspaces; go into one of them, or say "
				       "%s (of %s) or %s (of %s)", name,
				       found->id, found->workspace, s->id,
				       s->workspace);
		if (found)
			return err_set(err, -ENOTUNIQ, "more than one workspace "
				       "has a session %s; say %s (of %s) or %s "
				       "(of %s)", name, found->id,
				       found->workspace, s->id, s->workspace);
		found = s;
	}
	if (!found)
		return err_set(err, -ENOENT, "no session '%s'; scrim list shows "
			       "those that there are", name);
	*out = found;
	return 0;
}

static int choose(const struct session_list *list, const char *session,
		  const char *dir, const struct session **out, struct err *err)
{
	if (session)
		return choose_by_name(list, session, dir, out, err);
	*out = choose_by_dir(list, dir, NULL);
	if (*out)
		return 0;
	return err_set(err, -ENOENT, "no session of a workspace that holds %s; "
		       "scrim run or scrim mount begins one, scrim list shows "
		       "all", dir);
}

/* ========== open ========== */

static int start_dir(const struct session_where *where, char **out,
		     struct err *err)
{
	int ret = 0;

	if (where->dir) {
		ret = path_real(where->dir, out);
		if (ret)
			return err_errno(err, ret, "%s", where->dir);
		return 0;
	}
	*out = getcwd(NULL, 0);
	/* the kernel says "(unreachable)" of a directory outside of the root */
	if (!*out || **out != '/')
		ret = *out ? -ENOENT : -errno;
	if (!ret)
		return 0;
	free(*out);
	*out = NULL;
	/* a session with a name can be found from a directory that is gone */
	return where->session ? 0 : err_errno(err, ret, "current directory");
}

static int check_format(const struct session *s, struct err *err)
{
	if (s->format <= SESSION_FORMAT)
		return 0;
	return err_set(err, -EPROTONOSUPPORT, "session %s was made by a newer "
		       "scrim (format %d, this one knows %d); use that one",
		       session_label(s), s->format, SESSION_FORMAT);
}

static int open_chosen(const char *state_dir, const char *id,
		       struct session **out, struct err *err)
{
	struct session *s = NULL;
	char *place = NULL;
	int placefd = -1, ret;

	ret = place_open(state_dir, 0, &place, &placefd, err);
	if (!ret)
		ret = load(placefd, place, id, &s, err);
	if (!ret)
		ret = check_format(s, err);
	if (!ret) {
		*out = s;
		s = NULL;
	}
	session_close(s);
	io_close(&placefd);
	free(place);
	return ret;
}

int session_open(struct session **out, const struct session_where *where,
		 struct err *err)
{
	struct session_list list = { NULL, 0 };
	const struct session *chosen = NULL;
	char *dir = NULL;
	int ret;

	ret = where->session ? session_check_name(where->session, err) : 0;
	if (!ret)
		ret = start_dir(where, &dir, err);
	if (!ret)
		ret = session_list(where->state_dir, &list, err);
	if (!ret)
		ret = choose(&list, where->session, dir, &chosen, err);
	if (!ret)
		ret = open_chosen(where->state_dir, chosen->id, out, err);
	if (!ret)
		session_await_leaving(*out);
	session_list_release(&list);
	free(dir);
	return ret;
}
