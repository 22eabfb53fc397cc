/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/mask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scan/mask_make.h"
#include "scan/scan.h"
#include "scan/taint.h"
#include "util/io.h"

#define MANIFEST_MAX (64u << 20)

void mask_list_release(struct mask_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i].text);
	free(l->at);
	*l = (struct mask_list){ NULL, 0 };
}

/* The first span that ends after off. */
static size_t first_after(const struct mask_list *l, off_t off)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (l->at[mid].off + (off_t)l->at[mid].len <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int mask_covers(const struct mask_list *l, size_t off, size_t len)
{
	size_t end = off + len;

	for (size_t i = 0; i < l->n && off < end; i++) {
		size_t from = (size_t)l->at[i].off, to = from + l->at[i].len;

		if (from <= off && off < to)
			off = to;
	}
	return off >= end;
}

void mask_patch(const struct mask_list *l, void *buf, size_t len, off_t off)
{
	off_t end = off + (off_t)len;

	for (size_t i = first_after(l, off); i < l->n; i++) {
		const struct mask_span *m = &l->at[i];
		off_t from = m->off > off ? m->off : off;
		off_t to = m->off + (off_t)m->len;

		if (m->off >= end)
			break;
		if (to > end)
			to = end;
		memcpy((char *)buf + (from - off), m->text + (from - m->off),
		       (size_t)(to - from));
	}
}

static int note(void *payload, const struct finding *f)
{
	struct place p = { .off = f->off, .len = f->len, .width = f->width,
			   .rule = f->rule };

	return place_add(payload, &p);
}

static int scan_state_errno(const struct scan_result *res)
{
	switch (res->state) {
	case SCAN_COMPLETE:
		return 0;
	case SCAN_UNREADABLE:
		return res->error ? res->error : -EIO;
	case SCAN_CHANGED:
		return -EAGAIN;
	default:
		return -EFBIG;
	}
}

static void free_text(char *text, size_t size)
{
	explicit_bzero(text, size);
	free(text);
}

/* The first size bytes, or as many as there are; for free_text. */
static ssize_t read_text(int fd, size_t size, char **text)
{
	ssize_t n;

	*text = malloc(size);
	if (!*text)
		return -ENOMEM;
	n = io_pread_full(fd, *text, size, 0);
	if (n < 0)
		free_text(*text, size);
	return n;
}

/* In these all values are secrets, whatever they look like. */
static int find_manifests(const struct scanner *sc, int fd, size_t size,
			  struct place_list *out)
{
	const struct rule *rule = scanner_rule(sc, "kubernetes-secret-data");
	char *text;
	ssize_t n;
	int r = 0;

	if (!rule)
		return 0;
	if (size > MANIFEST_MAX)
		return -EFBIG;
	n = read_text(fd, size, &text);
	if (n < 0)
		return (int)n;
	r = mask_kubernetes(out, rule, text, (size_t)n);
	free_text(text, size);
	return r;
}

struct again {
	struct mask_mixed *mixed;
	struct mask_plain *plain;
	int manifest;		/* there may be Secrets of Kubernetes */
};

static int look_at_piece(void *payload, const struct mask_piece *p)
{
	struct again *a = payload;
	int r;

	a->manifest |= memmem(p->s, p->len, "Secret", 6) &&
		       memmem(p->s, p->len, "kind", 4);
	r = mask_mixed_piece(a->mixed, p);
	return r ? r : mask_plain_piece(a->plain, p);
}

/* What is written in another way than the rules know. */
static int look_again(const struct scanner *sc, const struct mask_look *look,
		      size_t size)
{
	struct again a = { .mixed = mask_mixed_new(look, (off_t)size),
			   .plain = mask_plain_new(look) };
	int r = -ENOMEM;

	if (a.mixed && a.plain)
		r = mask_pieces(look->fd, (off_t)size, look_at_piece, &a);
	if (!r && a.manifest)
		r = find_manifests(sc, look->fd, size, look->out);
	mask_mixed_free(a.mixed);
	mask_plain_free(a.plain);
	return r;
}

/* By content: what the rules of that confidence find. */
static int find_secrets(const struct policy *p, enum confidence least, int fd,
			const char *origin, size_t size, struct place_list *out)
{
	struct scanner *sc = policy_scanner(p);
	struct scan_what what = { .path = origin, .least = least, .all = 1,
				  .fn = note, .payload = out };
	struct mask_look look = { out, NULL, origin, least, fd };
	struct scan_result res = { 0 };
	int r;

	if (scanner_is_empty(sc))
		return 0;
	look.scan = scan_begin(sc);
	if (!look.scan)
		return -ENOMEM;
	r = scan_fd(look.scan, &what, fd, &res);
	if (!r)
		r = scan_state_errno(&res);
	if (!r)
		r = look_again(sc, &look, size);
	scan_end(sc, look.scan);
	return r;
}

/* By kind: what the action mask asks for in this sort of file. */
static int find_values(const struct verdict *v, int fd, const char *origin,
		       size_t size, struct place_list *out)
{
	int dotenv = mask_is_dotenv(origin), r;
	char *text;
	ssize_t n;

	if (v->action != ACTION_MASK || !size)
		return 0;
	if (size > PLACES_BYTES_MAX)
		return -EFBIG;
	n = read_text(fd, size, &text);
	if (n < 0)
		return (int)n;
	if (memchr(text, '\0', (size_t)n))
		r = -ENODATA;	/* not text: no names and values in it */
	else if (dotenv)
		r = mask_dotenv(out, v->rule, text, (size_t)n);
	else
		r = mask_values(out, v->rule, text, (size_t)n);
	if (!r && !dotenv)
		r = mask_plain_values(out, v->rule, origin, text, (size_t)n);
	free_text(text, size);
	return r || out->n || dotenv ? r : -ENODATA;
}

static int note_copy(void *payload, const struct taint_copy *c)
{
	struct place p = { .off = c->off, .len = c->len, .width = c->width,
			   .rule = c->rule, .copy_of = c->of };

	return c->whole ? -EPERM : place_add(payload, &p);
}

/* By what is secret elsewhere. */
static int find_copies(const struct policy *p, int fd, struct place_list *out)
{
	struct taint *t = policy_taint(p);

	return t ? taint_find(t, fd, note_copy, out) : 0;
}

static int make_masks(const struct place_list *places, int fd,
		      const char *origin, struct digest *d,
		      struct mask_list *out)
{
	int r = 0;

	for (size_t i = 0; !r && i < places->n; i++) {
		const struct place *p = &places->at[i];
		char *s = malloc(p->len);
		ssize_t n;

		if (!s)
			return -ENOMEM;
		n = io_pread_full(fd, s, p->len, p->off);
		if (n != (ssize_t)p->len)
			r = n < 0 ? (int)n : -EAGAIN;
		else
			r = mask_make(out, d, origin, s, p);
		explicit_bzero(s, p->len);
		free(s);
	}
	return r;
}

int mask_judge(const struct policy *p, const struct verdict *v, int fd,
	       const char *origin, const uint8_t key[MASK_KEY_LEN],
	       struct mask_list *out)
{
	struct place_list places = { NULL, 0, 0 };
	struct digest *d = NULL;
	struct stat st;
	int r = 0;

	*out = (struct mask_list){ NULL, 0 };
	if (v->action > ACTION_MASK)
		return -EACCES;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	/* where a rule says that there are secrets, a guess will do */
	r = find_secrets(p, v->action == ACTION_MASK ? CONFIDENCE_LOW :
			 CONFIDENCE_HIGH, fd, origin, (size_t)st.st_size,
			 &places);
	if (!r)
		r = find_values(v, fd, origin, (size_t)st.st_size, &places);
	if (!r)
		r = find_copies(p, fd, &places);
	if (!r)
		r = place_list_settle(&places);
	if (!r)
		r = mask_twins(&places, fd, (size_t)st.st_size);
	if (!r)
		r = place_list_settle(&places);
	if (!r)
		r = digest_new(&d, key, MASK_KEY_LEN);
	if (!r)
		r = make_masks(&places, fd, origin, d, out);
	if (r)
		mask_list_release(out);
	digest_free(d);
	place_list_release(&places);
	return r;
}
