/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/job.h"
#include "session/check.h"
#include "session/delta.h"
#include "session/layer.h"
#include "session/list.h"
#include "session/session.h"
#include "util/crc32c.h"
#include "util/io.h"

/*
 * A session's directory that comes from elsewhere. The first byte says what the
 * rest is: items of the log in records whose checksums are right, the log as it
 * is, meta.ini, or a journal. It is refused, or used: looked through, listed,
 * opened, mended. After check_repair nothing is left to find.
 */
static struct session *session;

static void start(void)
{
	struct err err = ERR_INIT;
	char ws[96], state[96];

	snprintf(ws, sizeof(ws), "%s/ws", fuzz_dir());
	snprintf(state, sizeof(state), "%s/state", fuzz_dir());
	if (mkdir(ws, 0755) || mkdir(state, 0700) ||
	    session_create(&session, state, ws, NULL, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	if (mkdirat(session->fd, "data", 0700))
		exit(1);
}

static void put(const char *name, const void *data, size_t len)
{
	int fd = openat(session->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || io_write_full(fd, data, len))
		abort();
	close(fd);
}

/* Records of as many bytes as the input says, so that some are torn apart. */
static void put_items(const uint8_t *data, size_t size)
{
	static const char head[16] = "scrim log 1\n";
	struct buf log = BUF_INIT;

	buf_add(&log, head, sizeof(head));
	while (size) {
		size_t len = size < 300 ? size : 300;

		buf_add_u32(&log, (uint32_t)len);
		buf_add_u32(&log, crc32c((const char *)data, len));
		buf_add(&log, data, len);
		data += len;
		size -= len;
	}
	put("log", log.ptr, log.len);
	buf_release(&log);
}

static void use_layer(struct layer *l)
{
	struct delta_list list;
	struct err err = ERR_INIT;
	struct entry e;
	struct stat st;
	int fd;

	if (!delta_list(l, &list, &err)) {
		for (size_t i = 0; i < list.n && i < 50; i++) {
			if (!delta_open_new(l, &list.at[i], &fd))
				close(fd);
			if (!delta_open_base(l, &list.at[i], &fd))
				close(fd);
			if (!layer_walk_path(l, list.at[i].path, &e) && e.node) {
				layer_getattr(l, e.node, &st, NULL);
				layer_forget(l, e.node, 1);
			}
		}
		delta_list_release(&list);
	}
}

static void use_session(void)
{
	struct check c = CHECK_INIT;
	struct err err = ERR_INIT;
	struct layer *l;

	check_look(&c, session, 1, &err);
	check_release(&c);
	if (!layer_open(&l, session, NULL, LAYER_READ, &err)) {
		use_layer(l);
		layer_close(l);
	}
	if (check_repair(session, &err))
		return;
	if (check_look(&c, session, 1, &err))
		abort();
	for (size_t i = 0; i < c.n; i++)
		if (strcmp(c.at[i].part, "stranger"))
			abort();
	check_release(&c);
	if (layer_open(&l, session, NULL, LAYER_WRITE, &err))
		abort();
	use_layer(l);
	layer_close(l);
}

static void use_meta(const uint8_t *data, size_t size)
{
	struct session_list list;
	struct err err = ERR_INIT;
	struct session *d;
	char state[96];
	int fd = fcntl(session->fd, F_DUPFD_CLOEXEC, 3);

	put("meta.ini", data, size);
	snprintf(state, sizeof(state), "%s/state", fuzz_dir());
	if (session_list(state, &list, &err))
		abort();
	session_list_release(&list);
	if (session_derive(&d, session, fd))
		close(fd);
	else
		session_close(d);
}

static void use_journal(const uint8_t *data, size_t size)
{
	struct job j = JOB_NONE;
	struct err err = ERR_INIT;

	mkdirat(session->fd, "undo", 0700);
	mkdirat(session->fd, "undo/000001", 0700);
	put("undo/000001/journal", data, size);
	if (job_read(&j, session->fd, 1, &err) && !*err.msg)
		abort();
	job_release(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!session)
		start();
	if (!size)
		return 0;
	put("base", "what the workspace had", 22);
	switch (data[0] % 8) {
	case 6:
		use_meta(data + 1, size - 1);
		break;
	case 7:
		use_journal(data + 1, size - 1);
		break;
	case 5:
		put("log", data + 1, size - 1);
		use_session();
		break;
	default:
		put_items(data + 1, size - 1);
		use_session();
	}
	return 0;
}
