/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/mask_make.h"
#include "scan/scan.h"
#include "scan/taint_set.h"
#include "scan/text.h"
#include "scan/value.h"
#include "util/buf.h"
#include "util/io.h"

#define VALUE_MAX 512		/* so much of a longer one is looked for */
#define ENTROPY 3.0
#define BLOCK 32		/* of a binary file, one in BLOCK_STEP bytes */
#define BLOCK_STEP 1024
#define BLOCK_ENTROPY 4.0

struct values {
	const struct policy *policy;
	taint_form_fn fn;
	void *payload;
	const char *text;
	size_t len;
};

static int give(struct values *v, const void *s, size_t len, int width)
{
	struct taint_form f = { s, len, width, 0 };

	return len < TAINT_WINDOW ? 0 : v->fn(v->payload, &f);
}

/* ========== the forms of a value ========== */

static int give_wide(struct values *v, const unsigned char *s, size_t len)
{
	unsigned char wide[2 * VALUE_MAX + 1] = { 0 };
	int r;

	for (size_t i = 0; i < len; i++)
		wide[2 * i + 1] = s[i];
	r = give(v, wide + 1, 2 * len, 2);
	if (!r)
		r = give(v, wide, 2 * len, 2);
	explicit_bzero(wide, sizeof(wide));
	return r;
}

/*
 * Base64 of some text that holds the value `shift` bytes after the start of a
 * group: without the digits in which its neighbours have a part.
 */
static int give_base64(struct values *v, const unsigned char *s, size_t len,
		       size_t shift, const char *digits)
{
	unsigned char out[VALUE_MAX * 2];
	size_t bits = 0, n = 0, first = (6 - shift * 8 % 6) % 6;
	unsigned word = 0;
	int r;

	for (size_t i = 0; i < len; i++) {
		word = word << 8 | s[i];
		bits += 8;
		if (i == 0)
			bits -= first;
		while (bits >= 6) {
			bits -= 6;
			out[n++] = (unsigned char)digits[word >> bits & 63];
		}
	}
	r = give(v, out, n, 1);
	explicit_bzero(out, sizeof(out));
	return r;
}

static int give_all_base64(struct values *v, const unsigned char *s, size_t len)
{
	static const char std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789-_";
	int r = 0;

	for (size_t shift = 0; !r && shift < 3; shift++) {
		r = give_base64(v, s, len, shift, std);
		if (!r)
			r = give_base64(v, s, len, shift, url);
	}
	return r;
}

static int give_hex(struct values *v, const unsigned char *s, size_t len,
		    const char *digits)
{
	unsigned char out[2 * VALUE_MAX];
	int r;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = (unsigned char)digits[s[i] >> 4];
		out[2 * i + 1] = (unsigned char)digits[s[i] & 15];
	}
	r = give(v, out, 2 * len, 1);
	explicit_bzero(out, sizeof(out));
	return r;
}

/* As it stands in an address, where it is another text there. */
static int give_escaped(struct values *v, const unsigned char *s, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char out[3 * VALUE_MAX];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < len; i++) {
		if (isalnum(s[i]) || strchr("-_.~", s[i])) {
			out[n++] = s[i];
			continue;
		}
		out[n++] = '%';
		out[n++] = (unsigned char)digits[s[i] >> 4];
		out[n++] = (unsigned char)digits[s[i] & 15];
	}
	if (n != len)
		r = give(v, out, n, 1);
	explicit_bzero(out, sizeof(out));
	return r;
}

static int give_forms(struct values *v, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	int r;

	if (len > VALUE_MAX)
		len = VALUE_MAX;
	r = give(v, s, len, 1);
	if (!r)
		r = give_wide(v, s, len);
	if (!r)
		r = give_all_base64(v, s, len);
	if (!r)
		r = give_hex(v, s, len, "0123456789abcdef");
	if (!r)
		r = give_hex(v, s, len, "0123456789ABCDEF");
	return r ? r : give_escaped(v, s, len);
}

/* ========== which values ========== */

/* named: it stands where a secret stands, so it may be one that people chose. */
static int judge(struct values *v, const char *s, size_t len, int named)
{
	enum value_kind kind;

	if (len < TAINT_WINDOW || value_entropy(s, len) < ENTROPY)
		return 0;
	kind = value_judge(s, len > VALUE_MAX ? VALUE_MAX : len);
	if (kind != VALUE_RANDOM && (kind != VALUE_CHOSEN || !named))
		return 0;
	return give_forms(v, s, len);
}

static int is_run(char c)
{
	return isalnum((unsigned char)c) || strchr("+/_.~-", c);
}

/* What is of no other use than as a key is random wherever it stands. */
static int judge_runs(struct values *v, const char *s, size_t len)
{
	size_t i = 0, n;
	int r = 0;

	while (!r && i < len) {
		for (n = 0; i + n < len && s[i + n] && is_run(s[i + n]); n++)
			;
		r = judge(v, s + i, n, 0);
		i += n + 1;
	}
	return r;
}

/* Certificates and public keys beside the private one are in public places. */
static int judge_lines(struct values *v)
{
	const char *at = v->text, *end = v->text + v->len;
	int public = 0, r = 0;

	while (!r && at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl ? nl : end) - at);

		if (memmem(at, len, "-----BEGIN ", 11))
			public = memmem(at, len, "CERTIFICATE", 11) ||
				 memmem(at, len, "PUBLIC", 6);
		else if (memmem(at, len, "-----END ", 9))
			public = 0;
		else if (!public)
			r = judge_runs(v, at, len);
		at += len + 1;
	}
	return r;
}

static int judge_named(struct values *v, const char *path)
{
	struct place_list places = { NULL, 0, 0 };
	int r;

	r = mask_is_dotenv(path) ? mask_dotenv(&places, NULL, v->text, v->len) :
				   mask_values(&places, NULL, v->text, v->len);
	if (r == -EFBIG)
		r = 0;
	for (size_t i = 0; !r && i < places.n; i++)
		r = judge(v, v->text + places.at[i].off, places.at[i].len, 1);
	place_list_release(&places);
	return r;
}

static int take_finding(void *payload, const struct finding *f)
{
	struct values *v = payload;

	return f->width == 1 ? judge(v, f->secret, f->len, 1) : 0;
}

static int judge_found(struct values *v, const char *path)
{
	struct scan_what what = { .path = path, .least = CONFIDENCE_LOW,
				  .all = 1, .fn = take_finding, .payload = v };
	struct scanner *sc = policy_scanner(v->policy);
	struct scan_result res = { 0 };
	struct scan *s;
	int r;

	if (scanner_is_empty(sc))
		return 0;
	s = scan_begin(sc);
	if (!s)
		return -ENOMEM;
	r = scan_mem(s, &what, v->text, v->len, &res);
	scan_end(sc, s);
	return r;
}

static int give_blocks(struct values *v)
{
	int r = 0;

	for (size_t i = 0; !r && i + BLOCK <= v->len; i += BLOCK_STEP) {
		struct taint_form f = { (const unsigned char *)v->text + i,
					BLOCK, 1, 1 };

		if (value_entropy(v->text + i, BLOCK) >= BLOCK_ENTROPY)
			r = v->fn(v->payload, &f);
	}
	return r;
}

static int judge_text(struct values *v, const char *path)
{
	int big, r;

	if (text_width(v->text, v->len, &big) == 2) {
		/* in place: each character goes to where an earlier one was */
		text_narrow((char *)v->text, v->text, v->len / 2, big);
		v->len /= 2;
	} else if (text_is_binary(v->text, v->len)) {
		return give_blocks(v);
	}
	r = judge_named(v, path);
	if (!r)
		r = judge_found(v, path);
	return r ? r : judge_lines(v);
}

int taint_values(const struct policy *p, int fd, const char *path,
		 taint_form_fn fn, void *payload)
{
	struct values v = { .policy = p, .fn = fn, .payload = payload };
	char *text = malloc(TAINT_FILE_MAX);
	ssize_t n;
	int r;

	if (!text)
		return -ENOMEM;
	n = io_pread_full(fd, text, TAINT_FILE_MAX, 0);
	v.text = text;
	v.len = n > 0 ? (size_t)n : 0;
	r = n < 0 ? (int)n : judge_text(&v, path);
	explicit_bzero(text, TAINT_FILE_MAX);
	free(text);
	return r;
}
