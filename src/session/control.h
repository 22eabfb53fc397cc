/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_CONTROL_H
#define SESSION_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * How commands speak with the daemon of a mounted session: a Unix socket "ctl"
 * in the session's directory, which no view shows. Only the session's owner and
 * root are answered (SO_PEERCRED). One request a connection:
 *
 *	request  u32 length, u8 operation, u32 count, then count arguments, each
 *	         u32 length and bytes
 *	reply    u32 length, u32 negated errno or 0, then text: of an error its
 *	         message, else what the operation answers
 *
 * Integers are little-endian; a message is of at most CONTROL_MAX bytes.
 */
#define CONTROL_SOCKET "ctl"
#define CONTROL_MAX (64u << 20)

struct session;

enum control_op {
	CONTROL_DROP = 1,	/* paths: layer_drop */
	CONTROL_SETTLE = 2,	/* a path and control_seen's text, in turn */
	CONTROL_SNAPSHOT = 3,	/* a name: layer_snapshot */
	CONTROL_REWRITE = 5,	/* path, control_seen's text, and the name of a file
				   in the session's directory: layer_rewrite */
	CONTROL_CHECKPOINT = 6,	/* how many to keep: answers its name */
	CONTROL_COUNTERS = 4,	/* answers JSON: requests by kind, watches... */
};

struct control_request {
	enum control_op op;
	const char **args;	/* NUL-terminated copies in text */
	size_t n;
	/* private */
	struct buf text;
};

/* ---- the asking side ---- */

/*
 * -ENOTCONN where no daemon answers; else the daemon's own code, with its message
 * in err. reply (may be NULL) is the answer's text.
 */
int control_call(const struct session *s, enum control_op op,
		 const char *const *args, size_t n, struct buf *reply,
		 struct err *err);

/* What was seen of an object, as an argument of CONTROL_SETTLE, and back. */
struct stat;
void control_put_seen(struct buf *out, const struct stat *st);
int control_get_seen(const char *text, struct stat *st);

/* ---- the answering side ---- */

/* The listening socket, made anew in the session's directory. */
int control_listen(int session_fd, int *fd);
void control_unlink(int session_fd);
/*
 * Takes one connection and reads its request; *conn is then to be answered by
 * control_reply, which closes it. Negative where there is nothing to answer.
 */
int control_accept(int fd, int *conn, struct control_request *req);
void control_reply(int conn, int code, const char *text, size_t len);
void control_request_release(struct control_request *req);

#endif
