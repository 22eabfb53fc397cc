/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan/mask_make.h"
#include "scan/mask_rewrite.h"
#include "util/io.h"

#define CHUNK (1u << 20)
#define OVERLAP (128u << 10)	/* as much as a piece of base64 may take */

struct plain {
	struct rewrite rw;
	struct place_list *out;
	off_t base;		/* of the piece in the file */
	const struct rule *rule;/* of values; NULL: each finding's own */
};

/* The characters from off on, as they are written in the file. */
static int note(struct plain *p, size_t off, size_t len, const struct rule *rule)
{
	struct place at = { .width = 1, .rule = rule };
	size_t from, to;

	if (!rewrite_span(&p->rw, off, len, &from, &to))
		return 0;
	at.off = p->base + (off_t)from;
	at.len = to - from;
	return place_add(p->out, &at);
}

static int note_finding(void *payload, const struct finding *f)
{
	return note(payload, (size_t)f->off, f->len, f->rule);
}

static int scan_piece(struct plain *p, struct scan *s, const char *origin,
		      enum confidence least)
{
	struct scan_what what = { .path = origin, .least = least, .all = 1,
				  .fn = note_finding, .payload = p };
	struct scan_result res = { 0 };
	int r;

	r = scan_mem(s, &what, p->rw.text.ptr, p->rw.text.len, &res);
	return r ? r : res.state == SCAN_COMPLETE ? 0 : -EFBIG;
}

static int is_manifest(const char *s, size_t len)
{
	return memmem(s, len, "Secret", 6) && memmem(s, len, "kind", 4);
}

/* The next bytes, past holes; 0 at the end. */
static ssize_t next_piece(struct plain *p, int fd, char *buf)
{
	off_t data = lseek(fd, p->base, SEEK_DATA);

	if (data < 0 && errno == ENXIO)
		return 0;
	if (data > p->base)
		p->base = data;
	return io_pread_full(fd, buf, CHUNK, p->base);
}

int mask_plain(struct place_list *out, struct scan *s, const char *origin,
	       enum confidence least, int fd, int *manifest)
{
	struct plain p = { .rw = REWRITE_INIT, .out = out };
	char *buf = malloc(CHUNK);
	off_t before = lseek(fd, 0, SEEK_CUR);
	size_t used = 0;
	struct stat st;
	ssize_t n = 0;
	int r = 0;

	if (!buf || fstat(fd, &st))
		r = buf ? -errno : -ENOMEM;
	p.rw.sections = mask_has_sections(origin);
	while (!r && p.base < st.st_size &&
	       (n = next_piece(&p, fd, buf)) != 0) {
		if (n < 0) {
			r = (int)n;
			break;
		}
		used = (size_t)n > used ? (size_t)n : used;
		*manifest |= is_manifest(buf, (size_t)n);
		r = rewrite(&p.rw, buf, (size_t)n);
		if (r > 0)
			r = scan_piece(&p, s, origin, least);
		p.base += n < (ssize_t)CHUNK ? n : (ssize_t)(CHUNK - OVERLAP);
	}
	lseek(fd, before, SEEK_SET);
	if (buf)
		explicit_bzero(buf, n < 0 ? CHUNK : used);
	free(buf);
	rewrite_release(&p.rw);
	return r;
}

int mask_plain_values(struct place_list *out, const struct rule *rule,
		      const char *origin, const char *s, size_t len)
{
	struct place_list found = { NULL, 0, 0 };
	struct plain p = { .rw = REWRITE_INIT, .out = out, .rule = rule };
	int r;

	p.rw.sections = mask_has_sections(origin);
	r = rewrite(&p.rw, s, len);
	if (r > 0)
		r = mask_values(&found, rule, p.rw.text.ptr, p.rw.text.len);
	for (size_t i = 0; !r && i < found.n; i++)
		r = note(&p, (size_t)found.at[i].off, found.at[i].len, rule);
	place_list_release(&found);
	rewrite_release(&p.rw);
	return r;
}
