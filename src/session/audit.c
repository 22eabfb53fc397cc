/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/esc.h"
#include "util/io.h"

#define RECENT 256

struct recent {
	uint64_t key;
	time_t when;
	unsigned long count;	/* of those not written since */
};

struct audit {
	pthread_mutex_t lock;
	int fd;
	off_t size;
	struct recent recent[RECENT];
};

struct audit *audit_open(int session_fd)
{
	struct audit *a = calloc(1, sizeof(*a));
	struct stat st;

	if (!a)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	a->fd = openat(session_fd, "audit.jsonl", O_WRONLY | O_APPEND |
		       O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (a->fd < 0 || fstat(a->fd, &st)) {
		audit_close(a);
		return NULL;
	}
	a->size = st.st_size;
	return a;
}

void audit_close(struct audit *a)
{
	if (!a)
		return;
	io_close(&a->fd);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* JSON string: what esc lets through, and '"' and '\' escaped. */
static void add_json(struct buf *out, const char *key, const char *value)
{
	struct buf plain = BUF_INIT;

	esc_add(&plain, value, strlen(value), ESC_NAME);
	buf_addf(out, ",\"%s\":\"", key);
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.ptr[i] == '"' || plain.ptr[i] == '\\')
			buf_addch(out, '\\');
		buf_addch(out, plain.ptr[i]);
	}
	buf_addch(out, '"');
	buf_release(&plain);
}

static void add_program(struct buf *out, pid_t pid)
{
	char path[64], comm[64] = "";
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, comm, sizeof(comm) - 1);
		close(fd);
	}
	comm[n > 0 ? n : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	add_json(out, "program", comm);
}

static uint64_t key_of(pid_t pid, const char *op, const char *path)
{
	uint64_t h = (uint64_t)pid;

	for (const char *p = op; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3ull;
	for (const char *p = path; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3ull;
	return h;
}

/* 1 where this one is to be written; *count is how many it stands for. */
static int is_due(struct audit *a, uint64_t key, time_t t, unsigned long *count)
{
	struct recent *r = &a->recent[(key ^ key >> 32) % RECENT];

	*count = 1;
	if (r->key == key) {
		r->count++;
		if (r->when == t)
			return 0;
		*count = r->count;
	}
	*r = (struct recent){ key, t, 0 };
	return 1;
}

void audit_add(struct audit *a, pid_t pid, const char *op, const char *path,
	       const char *rule)
{
	struct buf line = BUF_INIT;
	unsigned long count;
	time_t t = time(NULL);

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	if (a->size < AUDIT_MAX &&
	    is_due(a, key_of(pid, op, path), t, &count)) {
		buf_addf(&line, "{\"time\":%lld,\"pid\":%d", (long long)t,
			 (int)pid);
		add_program(&line, pid);
		add_json(&line, "op", op);
		add_json(&line, "path", path);
		add_json(&line, "rule", rule);
		buf_addf(&line, ",\"count\":%lu}\n", count);
		if (!buf_oom(&line) && !io_write_full(a->fd, line.ptr, line.len))
			a->size += (off_t)line.len;
	}
	pthread_mutex_unlock(&a->lock);
	buf_release(&line);
}
