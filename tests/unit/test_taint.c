/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <sys/random.h>

#include "scan/mask.h"
#include "scan/policy.h"
#include "scan/taint.h"
#include "scan/value.h"
#include "util/buf.h"

static const char *const hide[] = { ".env", "*.key", "bin.dat", NULL };
static const char *const mask[] = { "masked.ini", NULL };

/* What no rule of contents would know: made anew for each test. */
static void make_value(char *out, size_t len)
{
	static const char digits[] = "ABCDEFGHJKLMNPQRSTUVWXYZ"
				     "abcdefghijkmnopqrstuvwxyz23456789";
	unsigned char r[128];

	do {
		assert_int_equal(getrandom(r, len, 0), (ssize_t)len);
		for (size_t i = 0; i < len; i++)
			out[i] = digits[r[i] % (sizeof(digits) - 1)];
		out[len] = '\0';
	} while (value_judge(out, len) != VALUE_RANDOM);
}

static void put(const char *name, const void *data, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, data, len), 0);
	close(fd);
}

static void put_text(const char *name, const char *fmt, const char *value)
{
	struct buf b = BUF_INIT;

	for (; *fmt; fmt++)
		if (*fmt == '@')
			buf_addstr(&b, value);
		else
			buf_addch(&b, *fmt);
	put(name, b.ptr, b.len);
	buf_release(&b);
}

static struct policy *load(const char *taint)
{
	struct policy_sources src = { .rules = "none", .userdir = "absent",
				      .hide = hide, .mask = mask,
				      .taint = taint };
	struct err err = ERR_INIT;
	struct policy *p = NULL;

	src.workspace_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(policy_load(&p, &src, &err), 0);
	close(src.workspace_fd);
	return p;
}

struct seen {
	size_t n;
	struct taint_copy at[64];
};

static int note(void *payload, const struct taint_copy *c)
{
	struct seen *s = payload;

	assert_true(s->n < 64);
	s->at[s->n++] = *c;
	return 0;
}

static size_t find(struct policy *p, const char *name, struct seen *s)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	*s = (struct seen){ 0 };
	assert_true(fd >= 0);
	assert_int_equal(taint_find(policy_taint(p), fd, note, s), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
	return s->n;
}

static void test_taint_finds_a_copy(void **state)
{
	struct policy *p;
	struct seen s;
	char v[33];

	make_value(v, 32);
	put_text(".env", "TOKEN=@\n", v);
	put_text("copy", "first line\nhere @ it is\n", v);
	put_text("none", "nothing of it\n", v);
	p = load("yes");
	assert_int_equal(find(p, "copy", &s), 1);
	assert_int_equal(s.at[0].off, 16);
	assert_int_equal(s.at[0].len, 32);
	assert_string_equal(s.at[0].of, ".env");
	assert_false(s.at[0].whole);
	assert_int_equal(find(p, "none", &s), 0);
	v[20] ^= 1;
	put_text("near", "@", v);
	assert_int_equal(find(p, "near", &s), 0);
	policy_free(p);
}

static void test_taint_finds_its_other_forms(void **state)
{
	static const char hex[] = "0123456789abcdef";
	struct buf b = BUF_INIT;
	struct policy *p;
	struct seen s;
	char v[25];

	make_value(v, 24);
	put_text("a.key", "the key\n@\n", v);
	p = load("yes");
	for (int big = 0; big < 2; big++) {
		buf_clear(&b);
		for (size_t i = 0; i < 24; i++) {
			buf_addch(&b, big ? '\0' : v[i]);
			buf_addch(&b, big ? v[i] : '\0');
		}
		put("wide", b.ptr, b.len);
		assert_int_equal(find(p, "wide", &s), 1);
		assert_int_equal(s.at[0].width, 2);
		assert_int_equal(s.at[0].len, 48);
	}
	buf_clear(&b);
	for (size_t i = 0; i < 24; i++) {
		buf_addch(&b, hex[v[i] >> 4]);
		buf_addch(&b, hex[v[i] & 15]);
	}
	put("hex", b.ptr, b.len);
	assert_int_equal(find(p, "hex", &s), 1);
	buf_release(&b);
	policy_free(p);
}

static void add_base64(struct buf *out, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(text), i;

	for (i = 0; i + 2 < len; i += 3) {
		const unsigned char *p = (const unsigned char *)text + i;
		unsigned w = (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2];

		for (int k = 18; k >= 0; k -= 6)
			buf_addch(out, digits[w >> k & 63]);
	}
}

/* Whatever stands before it: all three ways of falling into groups. */
static void test_taint_finds_base64(void **state)
{
	static const char *const before[] = { "", "u", "us", "user:", "user::" };
	struct buf text = BUF_INIT, b = BUF_INIT;
	struct policy *p;
	struct seen s;
	char v[33];

	make_value(v, 32);
	put_text(".env", "TOKEN=@\n", v);
	p = load("yes");
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		buf_clear(&text);
		buf_addf(&text, "%s%sxyzxyz", before[i], v);
		buf_clear(&b);
		add_base64(&b, text.ptr);
		put("copy", b.ptr, b.len);
		assert_true(find(p, "copy", &s) >= 1);
		assert_true(s.at[0].len >= 40);
	}
	buf_release(&text);
	buf_release(&b);
	policy_free(p);
}

/* Where pieces of a large file meet, and where it has holes. */
static void test_taint_finds_it_anywhere(void **state)
{
	struct policy *p;
	struct seen s;
	char v[41];
	int fd;

	make_value(v, 40);
	put_text(".env", "TOKEN=@\n", v);
	p = load("yes");
	for (off_t at = (256 << 10) - 45; at < (256 << 10) + 5; at++) {
		fd = open("big", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(posix_fallocate(fd, 0, 300 << 10), 0);
		assert_int_equal(io_pwrite_full(fd, v, 40, at), 0);
		close(fd);
		assert_int_equal(find(p, "big", &s), 1);
		assert_int_equal(s.at[0].off, at);
	}
	fd = open("holes", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	assert_int_equal(io_pwrite_full(fd, v, 40, ((off_t)1 << 39) + 77), 0);
	close(fd);
	assert_int_equal(find(p, "holes", &s), 1);
	assert_int_equal(s.at[0].off, ((off_t)1 << 39) + 77);
	policy_free(p);
}

/* Words, places, short ones and public parts are no secrets. */
static void test_taint_leaves_the_rest_alone(void **state)
{
	static const char text[] =
		"MODE=production\nHOST=database.internal.example.org\n"
		"URL=https://example.org/some/long/path/to/a/page.html\n"
		"LEVEL=information\nSHORT=abc123XYZ\nPLACE=${SOMETHING_ELSE}\n"
		"PASSWORD=changeme-please\nNUMBER=1234567890123456\n"
		"-----BEGIN CERTIFICATE-----\n@\n-----END CERTIFICATE-----\n";
	struct policy *p;
	struct seen s;
	char v[65];

	make_value(v, 64);
	put_text("a.key", text, v);
	put_text("copy", text, v);
	p = load("yes");
	assert_int_equal(find(p, "copy", &s), 0);
	policy_free(p);
}

static void test_taint_learns_and_keeps(void **state)
{
	struct timespec late = { INT32_MAX, 0 };
	unsigned long epoch;
	struct policy *p;
	struct taint *t;
	struct seen s;
	char v[33], w[33], digest[65], later[65];

	make_value(v, 32);
	make_value(w, 32);
	put_text(".env", "TOKEN=@\n", v);
	put_text("old", "@", v);
	put_text("new", "@", w);
	p = load("yes");
	t = policy_taint(p);
	epoch = taint_epoch(t);
	taint_digest(t, digest);
	assert_true(taint_is_as_made(t));
	assert_int_equal(find(p, "new", &s), 0);
	put_text(".env", "TOKEN=@\n# longer\n", w);
	assert_int_equal(taint_look(t, &late), 0);
	assert_true(taint_epoch(t) > epoch);
	assert_false(taint_is_as_made(t));
	taint_digest(t, later);
	assert_string_not_equal(digest, later);
	assert_int_equal(find(p, "new", &s), 1);
	assert_int_equal(find(p, "old", &s), 1);
	/* a file that was not there before */
	make_value(v, 32);
	put_text("made.key", "@", v);
	put_text("copy", "@", v);
	assert_int_equal(find(p, "copy", &s), 0);
	assert_int_equal(taint_look(t, NULL), 0);
	assert_int_equal(find(p, "copy", &s), 1);
	assert_string_equal(s.at[0].of, "made.key");
	policy_free(p);
}

static void judge(struct policy *p, const char *name, int want, size_t masks)
{
	static const uint8_t key[MASK_KEY_LEN] = { 1 };
	struct verdict v = { ACTION_SHOW, NULL, 0 };
	struct mask_list list;
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	assert_int_equal(mask_judge(p, &v, fd, name, key, &list), want);
	if (!want)
		assert_int_equal(list.n, masks);
	mask_list_release(&list);
	close(fd);
}

/* The mount asks mask_judge, and gets masks or a refusal. */
static void test_taint_masks(void **state)
{
	unsigned char block[4096];
	struct policy *p;
	char v[33];

	make_value(v, 32);
	assert_int_equal(getrandom(block, sizeof(block), 0), sizeof(block));
	block[0] = block[7] = 0;
	put_text("masked.ini", "password = @\n", v);
	put("bin.dat", block, sizeof(block));
	put_text("copy", "a @ b @", v);
	put("whole", block, sizeof(block));
	p = load("yes");
	judge(p, "copy", 0, 2);
	judge(p, "whole", -EPERM, 0);
	policy_free(p);
	p = load("no");
	assert_null(policy_taint(p));
	judge(p, "copy", 0, 0);
	policy_free(p);
}

/* The digest of a policy, by which verdicts are kept, has the secrets in it. */
static void test_taint_is_in_the_digest(void **state)
{
	struct policy *a, *b;
	char v[33];

	make_value(v, 32);
	put_text(".env", "TOKEN=@\n", v);
	a = load("yes");
	b = load("yes");
	assert_string_equal(policy_digest(a), policy_digest(b));
	policy_free(b);
	b = load("no");
	assert_string_not_equal(policy_digest(a), policy_digest(b));
	policy_free(b);
	make_value(v, 32);
	put_text(".env", "TOKEN=@\n", v);
	b = load("yes");
	assert_string_not_equal(policy_digest(a), policy_digest(b));
	policy_free(a);
	policy_free(b);
}

static void test_taint_is_bounded(void **state)
{
	struct buf b = BUF_INIT;
	struct policy *p;
	char v[33];

	for (int i = 0; i < 16000; i++) {
		make_value(v, 32);
		buf_addf(&b, "%s\n", v);
	}
	put("a.key", b.ptr, b.len);
	p = load("yes");
	assert_true(taint_count(policy_taint(p)) <= TAINT_VALUES_MAX);
	assert_true(taint_is_full(policy_taint(p)));
	policy_free(p);
	buf_release(&b);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, \
						 scratch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_taint_finds_a_copy),
		TEST(test_taint_finds_its_other_forms),
		TEST(test_taint_finds_base64),
		TEST(test_taint_finds_it_anywhere),
		TEST(test_taint_leaves_the_rest_alone),
		TEST(test_taint_learns_and_keeps),
		TEST(test_taint_masks),
		TEST(test_taint_is_in_the_digest),
		TEST(test_taint_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
