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
#define COUNT_KEY "\"count\":"

/* An attempt that was written lately, and those like it since. */
struct recent {
	char *what;		/* program to rule, as JSON; NULL: free */
	time_t when, last;	/* of the line, and of the last attempt */
	pid_t pid;
	unsigned long count;	/* of those not written since */
};

struct audit {
	pthread_mutex_t lock;
	int fd;
	off_t size, max;
	time_t swept;
	off_t more_at;		/* of the line that counts the rest; or 0 */
	unsigned long more;
	struct recent recent[RECENT];
};

struct audit *audit_open(int session_fd, size_t max)
{
	struct audit *a = calloc(1, sizeof(*a));
	struct stat st;

	if (!a)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	a->fd = openat(session_fd, AUDIT_FILE, O_WRONLY | O_CREAT |
		       O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (a->fd < 0 || fstat(a->fd, &st)) {
		audit_close(a);
		return NULL;
	}
	a->size = st.st_size;
	a->max = (off_t)max;
	return a;
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

/* The same attempts, whoever forked to make them. */
static char *describe(pid_t pid, const char *op, const char *path,
		      const char *rule)
{
	struct buf what = BUF_INIT;

	add_program(&what, pid);
	add_json(&what, "op", op);
	add_json(&what, "path", path);
	add_json(&what, "rule", rule);
	return buf_take(&what);
}

static size_t slot_of(const char *what)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (; *what; what++)
		h = (h ^ (unsigned char)*what) * 0x100000001b3ull;
	return (h ^ h >> 32) % RECENT;
}

static void put_line(struct audit *a, const struct buf *line, off_t *at)
{
	if (!buf_oom(line) &&
	    !io_pwrite_full(a->fd, line->ptr, line->len, *at))
		*at += (off_t)line->len;
}

/* The last line has one length, whatever it counts. */
static void count_more(struct audit *a, time_t t, unsigned long count)
{
	struct buf line = BUF_INIT;
	off_t at;

	a->more += count;
	if (!a->more_at)
		a->more_at = a->size;
	buf_addf(&line, "{\"time\":%012lld,\"pid\":0,\"program\":\"\",\"op\":"
		 "\"more\",\"path\":\"\",\"rule\":\"\"," COUNT_KEY "%lu",
		 (long long)t, a->more);
	while (line.len < 120)
		buf_addch(&line, ' ');
	buf_addstr(&line, "}\n");
	at = a->more_at;
	put_line(a, &line, &at);
	buf_release(&line);
}

static void write_count(struct audit *a, struct recent *r)
{
	struct buf line = BUF_INIT;

	if (a->size >= a->max || a->more_at) {
		count_more(a, r->last, r->count);
	} else {
		buf_addf(&line, "{\"time\":%lld,\"pid\":%d%s," COUNT_KEY
			 "%lu}\n", (long long)r->last, (int)r->pid, r->what,
			 r->count);
		put_line(a, &line, &a->size);
	}
	r->count = 0;
	r->when = r->last;
	buf_release(&line);
}

static void write_pending(struct audit *a, time_t before)
{
	for (size_t i = 0; i < RECENT; i++)
		if (a->recent[i].count && a->recent[i].when < before)
			write_count(a, &a->recent[i]);
}

/* Takes over what. */
static void note(struct audit *a, char *what, pid_t pid, time_t t)
{
	struct recent *r = &a->recent[slot_of(what)];

	if (r->what && !strcmp(r->what, what)) {
		free(what);
	} else {
		if (r->count)
			write_count(a, r);
		free(r->what);
		*r = (struct recent){ .what = what };
	}
	r->count++;
	r->last = t;
	r->pid = pid;
	if (r->when != t)
		write_count(a, r);
	if (a->swept != t)
		write_pending(a, t);
	a->swept = t;
}

void audit_add(struct audit *a, pid_t pid, const char *op, const char *path,
	       const char *rule)
{
	char *what;

	if (!a)
		return;
	what = describe(pid, op, path, rule);
	pthread_mutex_lock(&a->lock);
	if (what)
		note(a, what, pid, time(NULL));
	else
		count_more(a, time(NULL), 1);
	pthread_mutex_unlock(&a->lock);
}

void audit_pretend(struct audit *a, pid_t pid, const char *op,
		   const char *path, const char *rule)
{
	if (a)
		free(describe(pid, op, path, rule));
}

void audit_flush(struct audit *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	write_pending(a, time(NULL) + 1);
	pthread_mutex_unlock(&a->lock);
}

void audit_close(struct audit *a)
{
	if (!a)
		return;
	audit_flush(a);
	for (size_t i = 0; i < RECENT; i++)
		free(a->recent[i].what);
	io_close(&a->fd);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

unsigned long audit_total(const char *text, size_t len)
{
	const char *end = text + len, *p;
	unsigned long n = 0;

	while ((p = memmem(text, (size_t)(end - text), COUNT_KEY,
			   sizeof(COUNT_KEY) - 1))) {
		text = p + sizeof(COUNT_KEY) - 1;
		n += strtoul(text, NULL, 10);
	}
	return n;
}
