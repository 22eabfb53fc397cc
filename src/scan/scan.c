/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan/scanner.h"
#include "scan/text.h"

#define CHUNK (1u << 20)
#define KEEP (SCAN_BEFORE + SCAN_AFTER)
#define SPARSE_MIN (1u << 20)

static int start_file(struct scan *s, const struct scan_what *what,
		      struct scan_result *res)
{
	memset(res, 0, sizeof(*res));
	s->file++;
	s->what = what;
	s->res = res;
	s->width = 1;
	s->big_endian = 0;
	s->kind = -1;
	s->base = 0;
	s->line_at = 0;
	s->line_no = 1;
	s->line_start = s->line_seen = 0;
	s->line_from = s->line_to = 0;
	s->nfound = 0;
	s->ticks = 0;
	buf_clear(&s->secrets);
	fold_release(&s->path);
	s->path.n = 0;
	return what->path ? fold_path(&s->path, what->path,
				      strlen(what->path)) : 0;
}

/* Searches around the keywords that begin in from to to of the text. */
static int search_text(struct scan *s, size_t from, size_t to)
{
	size_t pos = from > KEYWORD_MAX ? from - KEYWORD_MAX : 0, n;
	size_t len = to + KEYWORD_MAX < s->len ? to + KEYWORD_MAX : s->len;
	int r = match_always(s, from, to);

	s->line_from = s->line_to = 0;
	while (!r && pos < len) {
		n = keywords_find(s->sc->words, s->text, len, &pos, s->hits,
				  HITS);
		for (size_t i = 0; !r && i < n; i++)
			if (s->hits[i].off >= from && s->hits[i].off < to)
				r = match_keyword(s, &s->hits[i]);
		if (s->res->state == SCAN_TIMED_OUT)
			break;
	}
	return r;
}

/*
 * One piece: characters before from were searched with the last piece. Returns
 * through *to how far this one was: not into the last SCAN_AFTER characters,
 * unless the file ends there.
 */
static int scan_piece(struct scan *s, const char *text, size_t len,
		      size_t from, int last, size_t *to)
{
	int r;

	s->text = text;
	s->len = len;
	s->last = last;
	*to = last ? len : len > SCAN_AFTER ? len - SCAN_AFTER : 0;
	if (*to < from)
		*to = from;
	r = search_text(s, from, *to);
	if (!r)
		r = report(s, last ? s->base + (off_t)len + 1 :
			   s->base + (off_t)*to - SCAN_BEFORE);
	return r;
}

static void look_at_head(struct scan *s, const char *raw, size_t len)
{
	s->width = text_width(raw, len, &s->big_endian);
	if (s->width == 1)
		s->res->binary = text_is_binary(raw, len);
}

int scan_mem(struct scan *s, const struct scan_what *what, const void *buf,
	     size_t len, struct scan_result *res)
{
	const char *text = buf;
	char *narrow = NULL;
	size_t to;
	int r;

	r = start_file(s, what, res);
	if (r)
		return r;
	look_at_head(s, buf, len);
	if (s->width == 2) {
		narrow = malloc(len / 2 + 1);
		if (!narrow)
			return -ENOMEM;
		text_narrow(narrow, buf, len / 2, s->big_endian);
		text = narrow;
		len /= 2;
	}
	r = scan_piece(s, text, len, 0, 1, &to);
	res->bytes = len * (size_t)s->width;
	if (narrow)
		explicit_bzero(narrow, len);
	free(narrow);
	buf_wipe(&s->secrets);
	return r;
}

/* Where the file stands, for scan_fd. */
struct source {
	int fd;
	int seekable;
	int sparse;
	off_t pos;	/* next byte to read */
	off_t size;	/* of a regular file when it was opened; else 0 */
	int hole;	/* a hole begins where the text at hand ends */
	int end;
};

static ssize_t read_some(struct source *f, char *buf, size_t len)
{
	ssize_t n;

	do {
		n = f->seekable ? pread(f->fd, buf, len, f->pos) :
				  read(f->fd, buf, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	f->pos += n;
	if (!n || (f->size && f->pos == f->size))
		f->end = 1;
	return n;
}

/* The length of a large hole that begins at pos; the rest of the file's too. */
static off_t hole_at(struct source *f)
{
	off_t data;

	if (!f->sparse)
		return 0;
	data = lseek(f->fd, f->pos, SEEK_DATA);
	if (data < 0 && errno == ENXIO)
		data = f->size;
	return data - f->pos >= (off_t)SPARSE_MIN ? data - f->pos : 0;
}

/*
 * Fills the read buffer; 0, or a negative errno with what was read in *len. A
 * large hole is cut out of the text, which does not go on over it.
 */
static int fill(struct scan *s, struct source *f, size_t *len)
{
	ssize_t n = 0;
	off_t hole;

	f->hole = 0;
	while (*len < CHUNK + KEEP && !f->end && n >= 0) {
		hole = hole_at(f);
		if (hole && *len) {
			f->hole = 1;
			break;
		}
		s->base += hole / s->width;
		s->line_at += hole / s->width;
		f->pos += hole;
		n = 0;
		if (f->size && f->pos >= f->size)
			f->end = 1;
		else
			n = read_some(f, s->raw + *len, CHUNK + KEEP - *len);
		*len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		f->end = 1;
	return n < 0 ? (int)n : 0;
}

static int open_source(struct source *f, int fd, struct stat *st)
{
	memset(f, 0, sizeof(*f));
	f->fd = fd;
	if (fstat(fd, st))
		return -errno;
	f->seekable = S_ISREG(st->st_mode);
	f->size = f->seekable ? st->st_size : 0;
	f->sparse = f->seekable && st->st_size > (off_t)SPARSE_MIN &&
		    st->st_blocks * 512 < st->st_size;
	return 0;
}

static int have_buffers(struct scan *s)
{
	if (!s->raw)
		s->raw = malloc(CHUNK + KEEP);
	if (s->raw && s->width == 2 && !s->narrow)
		s->narrow = malloc(CHUNK + KEEP);
	return s->raw && (s->width == 1 || s->narrow) ? 0 : -ENOMEM;
}

/*
 * The text of len raw bytes; in UTF-16 a narrow copy. An odd byte at the end of
 * it waits for the next piece.
 */
static const char *text_of(struct scan *s, size_t len)
{
	if (s->width == 1)
		return s->raw;
	text_narrow(s->narrow, s->raw, len / 2, s->big_endian);
	return s->narrow;
}

/*
 * Scans what the buffer holds and keeps its tail for the next round. from is
 * the first character not yet searched.
 */
static int round_of(struct scan *s, size_t *len, size_t *from, int last)
{
	const char *text = text_of(s, *len);
	size_t w = (size_t)s->width, n = *len / w, to, drop;
	int r = scan_piece(s, text, n, *from, last, &to);

	if (r || last)
		return r;
	drop = to > SCAN_BEFORE ? to - SCAN_BEFORE : 0;
	line_drop(s, drop);
	*from = to - drop;
	memmove(s->raw, s->raw + drop * w, *len - drop * w);
	*len -= drop * w;
	s->base += (off_t)drop;
	return 0;
}

static int read_rounds(struct scan *s, struct source *f)
{
	size_t len = 0, from = 0;
	int r, failed, first = 1;

	do {
		size_t had = len;

		failed = fill(s, f, &len);
		s->res->bytes += len - had;
		if (first)
			look_at_head(s, s->raw, len);
		first = 0;
		r = have_buffers(s);
		if (!r)
			r = round_of(s, &len, &from, f->end || f->hole);
		if (!r && f->hole) {
			line_drop(s, len / (size_t)s->width);
			s->base += (off_t)(len / (size_t)s->width);
			len = from = 0;
		}
	} while (!r && !f->end && s->res->state != SCAN_TIMED_OUT);
	if (failed && s->res->state == SCAN_COMPLETE) {
		s->res->state = SCAN_UNREADABLE;
		s->res->error = failed;
	}
	return r;
}

/* Nothing of a file stays in the buffers that wait for the next one. */
static void wipe(struct scan *s, uint64_t bytes)
{
	size_t used = bytes < CHUNK + KEEP ? (size_t)bytes : CHUNK + KEEP;

	if (s->raw)
		explicit_bzero(s->raw, used);
	if (s->narrow)
		explicit_bzero(s->narrow, used);
	buf_wipe(&s->secrets);
}

int scan_fd(struct scan *s, const struct scan_what *what, int fd,
	    struct scan_result *res)
{
	struct stat before, after;
	struct source f;
	int r;

	r = start_file(s, what, res);
	if (r)
		return r;
	r = open_source(&f, fd, &before);
	if (!r)
		r = have_buffers(s);
	if (r == -ENOMEM)
		return r;
	if (r) {
		res->state = SCAN_UNREADABLE;
		res->error = r;
		return 0;
	}
	r = read_rounds(s, &f);
	wipe(s, res->bytes);
	if (r || !f.seekable || res->state != SCAN_COMPLETE)
		return r;
	if (fstat(fd, &after) || before.st_size != after.st_size ||
	    memcmp(&before.st_mtim, &after.st_mtim, sizeof(after.st_mtim)))
		res->state = SCAN_CHANGED;
	return 0;
}

const char *scan_state_text(enum scan_state state)
{
	static const char *const texts[] = {
		[SCAN_COMPLETE] = "complete",
		[SCAN_UNREADABLE] = "could not be read",
		[SCAN_TIMED_OUT] = "took too long to scan",
		[SCAN_MATCH_LIMIT] = "was too hard for a rule",
		[SCAN_TOO_MANY] = "has too many findings",
		[SCAN_CHANGED] = "was changed while it was read",
	};

	return texts[state];
}
