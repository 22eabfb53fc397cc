/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/snap.h"
#include "session/checkpoint.h"
#include "session/control.h"
#include "session/leftover.h"
#include "session/session.h"
#include "session/snapshot.h"
#include "util/io.h"

int live_open(struct live *v, struct session *s, struct err *err)
{
	const char *args[] = { v->name };
	int r;

	if (flock(s->fd, LOCK_EX | LOCK_NB))
		return err_set(err, -EBUSY, "another command is at work on the "
			       "session; try again when it has ended");
	leftover_sweep_sealed(s->fd);
	checkpoint_name(v->name, "seal");
	r = control_call(s, CONTROL_SNAPSHOT, args, 1, NULL, err);
	if (r)
		return r;
	v->session = s;
	return snapshot_open(&v->sealed, s, v->name, err);
}

int live_let_go(struct live *v, struct err *err)
{
	int r = snapshot_hold(v->sealed);

	if (r)
		return err_errno(err, r, "sealing the session");
	flock(v->session->fd, LOCK_UN);
	return 0;
}

void live_close(struct live *v)
{
	if (!v->session)
		return;
	session_close(v->sealed);
	snapshot_remove(v->session, v->name, NULL);
	v->session = v->sealed = NULL;
}

static int by_path(const void *key, const void *at)
{
	return strcmp(key, ((const struct delta *)at)->path);
}

static int put_seen(const struct delta_list *list, const char *path, char **out)
{
	/* Nothing that is seen can be this one: all counts as written since. */
	static const struct stat nothing, part = { .st_mode = S_IFREG };
	const struct delta *d = list && list->n ?
		bsearch(path, list->at, list->n, sizeof(*d), by_path) : NULL;
	struct buf b = BUF_INIT;

	control_put_seen(&b, !list ? &part : d ? &d->st : &nothing);
	*out = buf_take(&b);
	return *out ? 0 : -ENOMEM;
}

int live_settle(struct live *v, const struct delta_list *list,
		const char *const *paths, size_t n, struct err *err)
{
	const char **args = calloc(2 * n + 1, sizeof(*args));
	int r = args ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < n; i++) {
		char *seen = NULL;

		r = put_seen(list, paths[i], &seen);
		args[2 * i] = paths[i];
		args[2 * i + 1] = seen;
	}
	if (r)
		err_set(err, r, "out of memory");
	else
		r = control_call(v->session, CONTROL_SETTLE, args, 2 * n, NULL,
				 err);
	for (size_t i = 0; args && i < n; i++)
		free((char *)args[2 * i + 1]);
	free(args);
	return r;
}

int live_rewrite(struct live *v, const struct delta *d, const struct buf *text,
		 struct err *err)
{
	struct buf seen = BUF_INIT;
	const char *args[] = { d->path, NULL, "rewrite" };
	int r;

	control_put_seen(&seen, &d->st);
	args[1] = seen.ptr;
	r = io_replace(v->session->fd, args[2], text->ptr, text->len, 0600);
	if (r || buf_oom(&seen))
		r = err_errno(err, r ? r : -ENOMEM, "the new content");
	else
		r = control_call(v->session, CONTROL_REWRITE, args, 3, NULL,
				 err);
	unlinkat(v->session->fd, args[2], 0);
	buf_release(&seen);
	return r;
}

int live_drop(struct live *v, const char *const *paths, size_t n,
	      struct err *err)
{
	return control_call(v->session, CONTROL_DROP, paths, n, NULL, err);
}
