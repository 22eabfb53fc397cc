/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/shown.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/internal.h"
#include "session/session.h"
#include "util/io.h"
#include "util/quiet.h"

#define FILE_MAX (32u << 20)

struct shown {
	pthread_mutex_t lock;
	int dirfd, fd;		/* fd is -1 until there is something to note */
	struct strlist known;
};

struct shown *shown_new(int session_fd)
{
	struct shown *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	s->dirfd = session_fd;
	s->fd = -1;
	return s;
}

void shown_free(struct shown *s)
{
	if (!s)
		return;
	io_close(&s->fd);
	strlist_release(&s->known);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int load(int session_fd, struct strlist *out)
{
	struct buf text = BUF_INIT;
	int r = io_read_file(session_fd, SHOWN_FILE, FILE_MAX, &text);
	const char *at = text.ptr, *end;

	/* what has no end was cut off by a crash */
	for (; !r && at < text.ptr + text.len; at = end + 1) {
		end = memchr(at, '\0', text.len - (size_t)(at - text.ptr));
		if (!end)
			break;
		if (*at)
			r = strlist_add(out, at);
	}
	buf_release(&text);
	return r == -ENOENT ? 0 : r;
}

int shown_list(const struct layer *l, struct strlist *out)
{
	return load(l->session->fd, out);
}

/* A path that was cut off ends here, and names no file. */
static int start(struct shown *s)
{
	int r = load(s->dirfd, &s->known);

	if (r)
		return r;
	s->fd = openat(s->dirfd, SHOWN_FILE, O_WRONLY | O_CREAT | O_APPEND |
		       O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0600);
	return s->fd < 0 ? -errno : io_write_full(s->fd, "", 1);
}

void shown_note(struct shown *s, const char *path)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	if ((s->fd >= 0 || !start(s)) && s->known.n < SHOWN_MAX &&
	    !strlist_has(&s->known, path) && !strlist_add(&s->known, path))
		io_write_full(s->fd, path, strlen(path) + 1);
	pthread_mutex_unlock(&s->lock);
}

static int judge(struct layer *l, const char *path, int fd,
		 struct mask_list *masks)
{
	struct verdict v;

	policy_of_file(l->policy, path, fd, &v);
	if (v.action > ACTION_MASK)
		return -EACCES;
	return mask_judge(l->policy, &v, fd, path, l->session->key, masks);
}

int shown_read(struct layer *l, const char *path, size_t limit,
	       struct buf *text, struct mask_list *masks)
{
	int fd = -1, r;

	*masks = (struct mask_list){ NULL, 0 };
	if (!l->policy)
		return -ENODATA;
	r = quiet_open_beneath(l->rootfd, path, O_NONBLOCK | O_NOFOLLOW, &fd);
	if (!r)
		r = judge(l, path, fd, masks);
	if (!r && !mask_has_short(masks))
		r = -ENODATA;
	if (!r)
		r = io_read_regular(fd, limit, text);
	else
		io_close(&fd);
	if (!r)
		mask_patch(masks, text->ptr, text->len, 0);
	if (r) {
		mask_list_release(masks);
		buf_wipe(text);
	}
	return r;
}
