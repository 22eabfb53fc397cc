/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/io.h"

#define SALT_LEN 32
#define HEAD "# scrim baseline 1: hashes of known findings; made by scrim scan " \
	     "--write-baseline\n"
#define FILE_MAX (64u << 20)

struct baseline {
	uint8_t salt[SALT_LEN];
	struct digest *digest;
	char (*at)[DIGEST_HEX];
	size_t n, cap;
};

static int by_text(const void *a, const void *b)
{
	return memcmp(a, b, DIGEST_HEX);
}

int baseline_new(struct baseline **out)
{
	struct baseline *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	io_random(b->salt, sizeof(b->salt));
	if (digest_new(&b->digest, b->salt, sizeof(b->salt))) {
		free(b);
		return -ENOMEM;
	}
	*out = b;
	return 0;
}

void baseline_free(struct baseline *b)
{
	if (!b)
		return;
	digest_free(b->digest);
	free(b->at);
	free(b);
}

void baseline_hash(struct baseline *b, const void *secret, size_t len,
		   char out[DIGEST_HEX])
{
	uint8_t sum[DIGEST_LEN];

	digest_add_field(b->digest, secret, len);
	digest_end(b->digest, sum);
	digest_hex(sum, out);
}

int baseline_add(struct baseline *b, const char *hash)
{
	if (b->n == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		void *at = realloc(b->at, cap * sizeof(*b->at));

		if (!at)
			return -ENOMEM;
		b->at = at;
		b->cap = cap;
	}
	memcpy(b->at[b->n++], hash, DIGEST_HEX);
	return 0;
}

int baseline_has(const struct baseline *b, const char *hash)
{
	return b->n && bsearch(hash, b->at, b->n, sizeof(*b->at), by_text);
}

static int unhex(const char *s, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < 2 * n; i++) {
		const char *digits = "0123456789abcdef";
		const char *p = s[i] ? strchr(digits, s[i]) : NULL;

		if (!p)
			return -EINVAL;
		out[i / 2] = (uint8_t)(out[i / 2] << 4 | (p - digits));
	}
	return s[2 * n] ? -EINVAL : 0;
}

static int parse_line(struct baseline *b, const char *line, int no)
{
	uint8_t sum[DIGEST_LEN] = { 0 };

	if (no == 1)
		return strncmp(line, HEAD, 18) ? -EINVAL : 0;
	if (no == 2) {
		if (strncmp(line, "salt ", 5) ||
		    unhex(line + 5, b->salt, SALT_LEN))
			return -EINVAL;
		digest_free(b->digest);
		b->digest = NULL;
		return digest_new(&b->digest, b->salt, sizeof(b->salt));
	}
	if (!*line || *line == '#')
		return 0;
	return unhex(line, sum, DIGEST_LEN) ? -EINVAL : baseline_add(b, line);
}

int baseline_read(struct baseline **out, const char *path, struct err *err)
{
	struct buf text = BUF_INIT;
	struct baseline *b = NULL;
	char *line, *save = NULL;
	int r, no = 1;

	r = io_read_file(AT_FDCWD, path, FILE_MAX, &text);
	if (r) {
		err_errno(err, r, "baseline %s", path);
		goto out;
	}
	r = baseline_new(&b);
	for (line = strtok_r(text.ptr, "\n", &save); line && !r;
	     line = strtok_r(NULL, "\n", &save), no++) {
		r = parse_line(b, line, no);
		if (r)
			err_set(err, r, "%s:%d: this is no baseline; make one "
				"with --write-baseline", path, no);
	}
	if (!r && no < 3)
		r = err_set(err, -EINVAL, "%s: this is no baseline; make one "
			    "with --write-baseline", path);
	if (!r)
		qsort(b->at, b->n, sizeof(*b->at), by_text);
out:
	if (r)
		baseline_free(b);
	else
		*out = b;
	buf_release(&text);
	return r;
}

/* io_replace takes a name in a directory. */
static int replace(const char *path, const struct buf *text)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) :
			    strdup(".");
	int fd, r;

	if (!dir)
		return -ENOMEM;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -errno : io_replace(fd, slash ? slash + 1 : path,
					 text->ptr, text->len, 0644);
	io_close(&fd);
	free(dir);
	return r;
}

int baseline_write(const struct baseline *b, const char *path, struct err *err)
{
	struct buf text = BUF_INIT;
	int r = -ENOMEM;

	qsort(b->at, b->n, sizeof(*b->at), by_text);
	buf_addstr(&text, HEAD "salt ");
	for (size_t i = 0; i < SALT_LEN; i++)
		buf_addf(&text, "%02x", b->salt[i]);
	buf_addch(&text, '\n');
	for (size_t i = 0; i < b->n; i++)
		if (!i || by_text(b->at[i], b->at[i - 1]))
			buf_addf(&text, "%s\n", b->at[i]);
	if (!buf_oom(&text))
		r = replace(path, &text);
	if (r)
		err_errno(err, r, "baseline %s", path);
	buf_release(&text);
	return r;
}
