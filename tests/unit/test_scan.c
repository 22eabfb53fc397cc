/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "scan/scan.h"

/* The engine with rules of its own; the shipped ones are in test_rules. */
static const char rules[] =
	"[tok]\nkind = content\nkeywords = tok_\n"
	"pattern = tok_[a-z0-9]{8}\nconfidence = high\n"
	"[block]\nkind = content\nkeywords = begin\nlines = 20\n"
	"pattern = BEGIN[^-]*?END\nconfidence = high\n"
	"[group]\nkind = content\nkeywords = val=\n"
	"pattern = val=([0-9]+)\ngroup = 1\nentropy = 1\nstopwords = 777\n"
	"allow = ^42$\nconfidence = high\n"
	"[typed]\nkind = content\npaths = *.typed\n"
	"pattern = ^secret (\\w+)$\ngroup = 1\nconfidence = high\n"
	"[weak]\nkind = content\nkeywords = weak\npattern = weak\\d+\n"
	"confidence = low\n";

static struct ruleset *set;
static struct scanner *sc;
static struct scan *s;

struct list {
	struct finding at[600];
	char text[600][64];
	size_t n;
};

static int start(void **state)
{
	struct err err = ERR_INIT;

	if (ruleset_new(&set) ||
	    ruleset_parse(set, "t.ini", rules, sizeof(rules) - 1, ORIGIN_USER,
			  &err) || scanner_new(&sc, set, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	s = scan_begin(sc);
	return s && !scratch_setup(state) ? 0 : -1;
}

static int stop(void **state)
{
	scan_end(sc, s);
	scanner_free(sc);
	ruleset_free(set);
	return scratch_teardown(state);
}

static int note(void *payload, const struct finding *f)
{
	struct list *l = payload;

	if (l->n == 600)
		return -E2BIG;
	l->at[l->n] = *f;
	snprintf(l->text[l->n++], 64, "%.*s", (int)(f->len / (size_t)f->width),
		 f->secret);
	return 0;
}

static struct list *in_mem(const char *path, const void *p, size_t len,
			   struct scan_result *res)
{
	static struct list l;
	struct scan_what what = { .path = path, .fn = note, .payload = &l };

	l.n = 0;
	assert_int_equal(scan_mem(s, &what, p, len, res), 0);
	return &l;
}

static struct list *in_fd(const char *path, int fd, struct scan_result *res)
{
	static struct list l;
	struct scan_what what = { .path = path, .fn = note, .payload = &l };

	l.n = 0;
	assert_int_equal(scan_fd(s, &what, fd, res), 0);
	return &l;
}

static void test_scan_offsets_lines_and_columns(void **state)
{
	static const char text[] = "one\r\n two tok_abcdefgh x\ntok_12345678";
	struct scan_result res;
	struct list *l = in_mem("f", text, sizeof(text) - 1, &res);

	assert_int_equal(l->n, 2);
	assert_int_equal(l->at[0].off, 10);
	assert_int_equal(l->at[0].len, 12);
	assert_int_equal(l->at[0].line, 2);
	assert_int_equal(l->at[0].column, 6);
	assert_string_equal(l->text[1], "tok_12345678");
	assert_int_equal(l->at[1].line, 3);
	assert_int_equal(l->at[1].column, 1);
	assert_int_equal(res.state, SCAN_COMPLETE);
	assert_int_equal(res.bytes, sizeof(text) - 1);
	assert_int_equal(res.findings, 2);
}

static void test_scan_checks_of_a_rule(void **state)
{
	static const char text[] = "val=11111 val=777123 val=42 val=12345";
	struct scan_result res;
	struct list *l = in_mem("f", text, sizeof(text) - 1, &res);

	assert_int_equal(l->n, 1);
	assert_string_equal(l->text[0], "12345");
	assert_int_equal(l->at[0].match_len, 9);
}

static void test_scan_rule_of_paths(void **state)
{
	static const char text[] = "x\nsecret abc\n";
	struct scan_result res;

	assert_int_equal(in_mem("a/b.typed", text, sizeof(text) - 1, &res)->n,
			 1);
	assert_int_equal(in_mem("a/b.other", text, sizeof(text) - 1, &res)->n,
			 0);
	assert_int_equal(in_mem(NULL, text, sizeof(text) - 1, &res)->n, 0);
}

static void test_scan_least(void **state)
{
	struct list l = { .n = 0 };
	struct scan_what what = { .fn = note, .payload = &l,
				  .least = CONFIDENCE_MEDIUM };
	struct scan_result res;

	assert_int_equal(scan_mem(s, &what, "weak12", 6, &res), 0);
	assert_int_equal(l.n, 0);
	what.least = CONFIDENCE_LOW;
	assert_int_equal(scan_mem(s, &what, "weak12", 6, &res), 0);
	assert_int_equal(l.n, 1);
}

static void test_scan_utf16(void **state)
{
	static const char narrow[] = "a\ntok_abcdefgh\n";
	char wide[2 + 2 * sizeof(narrow)] = "\xff\xfe";
	struct scan_result res;
	struct list *l;

	for (size_t i = 0; i < sizeof(narrow) - 1; i++)
		wide[2 + 2 * i] = narrow[i];
	l = in_mem("f", wide, 2 * sizeof(narrow), &res);
	assert_int_equal(l->n, 1);
	assert_int_equal(l->at[0].off, 2 + 2 * 2);
	assert_int_equal(l->at[0].len, 24);
	assert_int_equal(l->at[0].line, 2);
	assert_int_equal(l->at[0].width, 2);
	assert_string_equal(l->text[0], "tok_abcdefgh");
}

static void test_scan_binary_has_sure_rules_only(void **state)
{
	char buf[400] = { 0 };
	struct scan_result res;

	memcpy(buf + 100, "weak12 tok_abcdefgh", 19);
	assert_int_equal(in_mem("f", buf, sizeof(buf), &res)->n, 1);
	assert_int_equal(res.binary, 1);
	memset(buf, ' ', sizeof(buf));
	memcpy(buf + 100, "weak12 tok_\0 tok_abcdefgh", 25);
	assert_int_equal(in_mem("f", buf, sizeof(buf), &res)->n, 2);
}

/* Tokens at all places around the borders of the pieces. */
static void test_scan_streams(void **state)
{
	size_t size = 5u << 20, n = 0, step = 9973;
	char *buf = malloc(size);
	struct scan_result res;
	struct list *l;
	int fd = open("big", O_RDWR | O_CREAT, 0600);

	assert_non_null(buf);
	memset(buf, '.', size);
	for (size_t i = 0; i < size; i += 997)
		buf[i] = '\n';
	for (size_t i = 100; i + 20 < size; i += step, n++)
		memcpy(buf + i, " tok_abcdefgh", 13);
	assert_int_equal(io_write_full(fd, buf, size), 0);
	l = in_fd("big", fd, &res);
	assert_int_equal(res.state, SCAN_COMPLETE);
	assert_int_equal(res.bytes, size);
	assert_int_equal(l->n, n);
	for (size_t i = 0; i < n; i++) {
		unsigned long line = 1;
		off_t off = (off_t)(101 + i * step);

		assert_int_equal(l->at[i].off, off);
		for (off_t k = 0; k < off; k++)
			line += buf[k] == '\n';
		assert_int_equal(l->at[i].line, line);
	}
	close(fd);
	free(buf);
}

static void test_scan_match_over_border(void **state)
{
	size_t border = (1u << 20) + SCAN_BEFORE + SCAN_AFTER;
	struct scan_result res;
	int fd;

	for (size_t shift = 0; shift < 40; shift++) {
		char *buf = malloc(2 * border);
		struct list *l;
		size_t at = border - 20 + shift;

		memset(buf, 'x', 2 * border);
		memcpy(buf + at, "BEGIN\n\n\nEND", 11);
		fd = open("border", O_RDWR | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(io_write_full(fd, buf, 2 * border), 0);
		l = in_fd("border", fd, &res);
		assert_int_equal(l->n, 1);
		assert_int_equal(l->at[0].off, at);
		assert_int_equal(l->at[0].len, 11);
		close(fd);
		free(buf);
	}
}

static void test_scan_sparse(void **state)
{
	int fd = open("sparse", O_RDWR | O_CREAT, 0600);
	struct scan_result res;
	struct list *l;

	assert_int_equal(ftruncate(fd, 1ll << 40), 0);
	assert_int_equal(pwrite(fd, "tok_abcdefgh\n", 13, 1ll << 39), 13);
	l = in_fd("sparse", fd, &res);
	assert_int_equal(l->n, 1);
	assert_true(l->at[0].off == 1ll << 39);
	assert_true(res.bytes < 8u << 20);
	close(fd);
}

static void test_scan_pipe_and_errors(void **state)
{
	struct scan_result res;
	int p[2];

	assert_int_equal(pipe(p), 0);
	assert_int_equal(io_write_full(p[1], "tok_abcdefgh", 12), 0);
	close(p[1]);
	assert_int_equal(in_fd("p", p[0], &res)->n, 1);
	assert_int_equal(res.state, SCAN_COMPLETE);
	close(p[0]);
	p[0] = open(".", O_RDONLY);
	in_fd("d", p[0], &res);
	assert_int_equal(res.state, SCAN_UNREADABLE);
	assert_int_equal(res.error, -EISDIR);
	close(p[0]);
}

/* A line of many megabytes that is nothing but keywords. */
static void test_scan_long_line_is_linear(void **state)
{
	size_t size = getenv("SCRIM_NO_JIT") ? 1u << 20 : 8u << 20;
	char *buf = malloc(size);
	struct scan_result res;

	for (size_t i = 0; i < size; i++)
		buf[i] = "val=tok_-begin"[i % 14];
	in_mem("f", buf, size, &res);
	assert_int_equal(res.state, SCAN_COMPLETE);
	free(buf);
}

static int refuse(void *payload, const struct finding *f)
{
	return -ECANCELED;
}

static void test_scan_callback_ends_it(void **state)
{
	struct scan_what what = { .fn = refuse };
	struct scan_result res;

	assert_int_equal(scan_mem(s, &what, "tok_abcdefgh", 12, &res),
			 -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scan_offsets_lines_and_columns),
		cmocka_unit_test(test_scan_checks_of_a_rule),
		cmocka_unit_test(test_scan_rule_of_paths),
		cmocka_unit_test(test_scan_least),
		cmocka_unit_test(test_scan_utf16),
		cmocka_unit_test(test_scan_binary_has_sure_rules_only),
		cmocka_unit_test(test_scan_streams),
		cmocka_unit_test(test_scan_match_over_border),
		cmocka_unit_test(test_scan_sparse),
		cmocka_unit_test(test_scan_pipe_and_errors),
		cmocka_unit_test(test_scan_long_line_is_linear),
		cmocka_unit_test(test_scan_callback_ends_it),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
