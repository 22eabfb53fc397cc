/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "session/session.h"
#include "util/io.h"

#define ARGS_MAX (1u << 20)
#define TIMEOUT_S 120

/* The path may be longer than an address: go by the directory's descriptor. */
static socklen_t address(int session_fd, struct sockaddr_un *sa)
{
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	snprintf(sa->sun_path, sizeof(sa->sun_path), "/proc/self/fd/%d/%s",
		 session_fd, CONTROL_SOCKET);
	return sizeof(*sa);
}

static uint32_t get_u32(const char *p)
{
	const uint8_t *u = (const uint8_t *)p;

	return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
	       (uint32_t)u[3] << 24;
}

static int send_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_message(int fd, const struct buf *body)
{
	struct buf head = BUF_INIT;
	int r;

	if (buf_oom(body) || body->len > CONTROL_MAX)
		return -EMSGSIZE;
	buf_add_u32(&head, (uint32_t)body->len);
	r = buf_oom(&head) ? -ENOMEM : send_all(fd, head.ptr, head.len);
	if (!r)
		r = send_all(fd, body->ptr, body->len);
	buf_release(&head);
	return r;
}

static int receive_message(int fd, struct buf *body)
{
	char head[4];
	uint32_t len;
	ssize_t n;

	n = io_read_full(fd, head, sizeof(head));
	if (n != sizeof(head))
		return n < 0 ? (int)n : -EPIPE;
	len = get_u32(head);
	if (len > CONTROL_MAX)
		return -EMSGSIZE;
	if (buf_grow(body, len))
		return -ENOMEM;
	n = io_read_full(fd, body->ptr, len);
	if (n != (ssize_t)len)
		return n < 0 ? (int)n : -EPIPE;
	body->len = len;
	body->ptr[len] = '\0';
	return 0;
}

static void set_timeout(int fd)
{
	struct timeval tv = { .tv_sec = TIMEOUT_S };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static int connect_to(const struct session *s, int *fd)
{
	struct sockaddr_un sa;
	socklen_t len = address(s->fd, &sa);

	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return -errno;
	set_timeout(*fd);
	if (!connect(*fd, (struct sockaddr *)&sa, len))
		return 0;
	io_close(fd);
	return -ENOTCONN;
}

static void say_silent(const struct session *s, int r, struct err *err)
{
	if (r == -ENOTCONN && faccessat(s->fd, CONTROL_SOCKET, F_OK, 0))
		err_set(err, r, "the session's daemon cannot be spoken with: its "
			"state directory is on a file system without sockets; "
			"unmount the view first");
	else
		err_errno(err, r, "the session's daemon does not answer");
}

int control_call(const struct session *s, enum control_op op,
		 const char *const *args, size_t n, struct buf *reply,
		 struct err *err)
{
	struct buf msg = BUF_INIT;
	int fd = -1, r;

	buf_add_u8(&msg, (uint8_t)op);
	buf_add_u32(&msg, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		buf_add_u32(&msg, (uint32_t)strlen(args[i]));
		buf_addstr(&msg, args[i]);
	}
	r = connect_to(s, &fd);
	if (!r)
		r = send_message(fd, &msg);
	buf_clear(&msg);
	if (!r)
		r = receive_message(fd, &msg);
	if (!r && msg.len < 4)
		r = -EBADMSG;
	if (r) {
		say_silent(s, r, err);
		goto out;
	}
	r = -(int)get_u32(msg.ptr);
	if (r)
		err_set(err, r, "%s", msg.ptr + 4);
	else if (reply)
		buf_add(reply, msg.ptr + 4, msg.len - 4);
out:
	io_close(&fd);
	buf_release(&msg);
	return r;
}

void control_put_seen(struct buf *out, const struct stat *st)
{
	buf_addf(out, "%o %llu %lld %lld %ld", st->st_mode,
		 (unsigned long long)st->st_ino, (long long)st->st_size,
		 (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

int control_get_seen(const char *text, struct stat *st)
{
	long long size, sec;
	unsigned long long ino;
	unsigned mode;

	memset(st, 0, sizeof(*st));
	if (sscanf(text, "%o %llu %lld %lld %ld", &mode, &ino, &size, &sec,
		   &st->st_mtim.tv_nsec) != 5)
		return -EINVAL;
	st->st_mode = mode;
	st->st_ino = ino;
	st->st_size = size;
	st->st_mtim.tv_sec = sec;
	return 0;
}

/* ---- the answering side ---- */

void control_unlink(int session_fd)
{
	unlinkat(session_fd, CONTROL_SOCKET, 0);
}

int control_listen(int session_fd, int *fd)
{
	struct sockaddr_un sa;
	socklen_t len = address(session_fd, &sa);
	int r = 0;

	control_unlink(session_fd);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return -errno;
	if (bind(*fd, (struct sockaddr *)&sa, len) ||
	    fchmodat(session_fd, CONTROL_SOCKET, 0600, 0) || listen(*fd, 16))
		r = -errno;
	if (r) {
		/* a file system without sockets may have made something else */
		io_close(fd);
		control_unlink(session_fd);
	}
	return r;
}

static int is_allowed(int conn)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == geteuid() || !cred.uid);
}

void control_request_release(struct control_request *req)
{
	free(req->args);
	buf_release(&req->text);
	req->args = NULL;
	req->n = 0;
}

/* Arguments are moved together in place, each with a NUL behind it. */
static int parse(struct control_request *req, size_t count)
{
	char *p = req->text.ptr + 5, *end = req->text.ptr + req->text.len;

	req->args = calloc(count ? count : 1, sizeof(*req->args));
	if (!req->args)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		uint32_t len;

		if (end - p < 4)
			return -EBADMSG;
		len = get_u32(p);
		if ((size_t)(end - p - 4) < len)
			return -EBADMSG;
		memmove(p, p + 4, len);
		p[len] = '\0';
		if (strlen(p) != len)
			return -EBADMSG;
		req->args[req->n++] = p;
		p += 4 + len;
	}
	return p == end ? 0 : -EBADMSG;
}

static int read_request(int conn, struct control_request *req)
{
	uint32_t count;
	int r;

	r = receive_message(conn, &req->text);
	if (r)
		return r;
	if (req->text.len < 5)
		return -EBADMSG;
	req->op = (enum control_op)(uint8_t)req->text.ptr[0];
	count = get_u32(req->text.ptr + 1);
	return count > ARGS_MAX ? -EBADMSG : parse(req, count);
}

int control_accept(int fd, int *conn, struct control_request *req)
{
	int r;

	memset(req, 0, sizeof(*req));
	buf_init(&req->text);
	*conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (*conn < 0)
		return -errno;
	set_timeout(*conn);
	r = is_allowed(*conn) ? read_request(*conn, req) : -EPERM;
	if (r) {
		control_request_release(req);
		io_close(conn);
	}
	return r;
}

void control_reply(int conn, int code, const char *text, size_t len)
{
	struct buf msg = BUF_INIT;

	buf_add_u32(&msg, (uint32_t)-code);
	buf_add(&msg, text, len);
	send_message(conn, &msg);
	buf_release(&msg);
	close(conn);
}
