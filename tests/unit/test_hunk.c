/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "review/diff.h"
#include "review/hunk.h"

static void make(struct hunks *h, const char *old, const char *new)
{
	assert_int_equal(hunks_make(h, old, strlen(old), new, strlen(new), 3, 0),
			 0);
}

static void expect_build(const struct hunks *h, const char *want)
{
	struct buf b = BUF_INIT;

	assert_int_equal(hunks_build(h, &b), 0);
	assert_string_equal(b.ptr, want);
	buf_release(&b);
}

static void test_hunk_numbers_and_counts(void **state)
{
	struct hunks h;

	make(&h, "a\nb\nc\nd\n", "a\nB\nc\nd\ne\n");
	assert_int_equal(h.n, 1);
	assert_int_equal(h.added, 2);
	assert_int_equal(h.removed, 1);
	assert_int_equal(h.at[0].old_start, 1);
	assert_int_equal(h.at[0].old_lines, 4);
	assert_int_equal(h.at[0].new_lines, 5);
	assert_int_equal(h.lines[1].origin, '-');
	assert_int_equal(h.lines[1].old_no, 2);
	assert_memory_equal(h.lines[2].text, "B\n", 2);
	hunks_release(&h);
}

static void test_hunk_single_line_is_taken(void **state)
{
	struct hunks h;

	make(&h, "a\nb\nc\nd\n", "a\nB\nc\nd\ne\n");
	h.lines[h.n_lines - 1].chosen = 1;
	expect_build(&h, "a\nb\nc\nd\ne\n");
	assert_int_equal(hunk_chosen(&h, 0), -1);
	hunk_choose(&h, 0, 1);
	assert_int_equal(hunk_chosen(&h, 0), 1);
	expect_build(&h, "a\nB\nc\nd\ne\n");
	hunks_release(&h);
}

static void test_hunk_missing_newline_is_added_between(void **state)
{
	struct hunks h;

	make(&h, "a", "b\nc");
	assert_int_equal(h.n_lines, 3);
	h.lines[1].chosen = 1;
	expect_build(&h, "a\nb\n");
	hunks_choose_all(&h, 1);
	expect_build(&h, "b\nc");
	hunks_choose_all(&h, 0);
	expect_build(&h, "a");
	hunks_release(&h);
}

static void test_hunk_insertion_without_context(void **state)
{
	struct hunks h;

	assert_int_equal(hunks_make(&h, "1\n2\n3\n", 6, "1\n2\nx\n3\n", 8, 0, 0),
			 0);
	hunks_choose_all(&h, 1);
	expect_build(&h, "1\n2\nx\n3\n");
	hunks_choose_all(&h, 0);
	expect_build(&h, "1\n2\n3\n");
	hunks_release(&h);
}

static void test_hunk_split_keeps_ranges(void **state)
{
	struct hunks h;
	size_t parts;

	make(&h, "1\n2\n3\n4\n5\n", "one\n2\n3\nfour\n4\n5\nsix\n");
	assert_int_equal(h.n, 1);
	assert_int_equal(hunk_split(&h, 0, &parts), 0);
	assert_int_equal(parts, 3);
	assert_int_equal(h.n, 3);
	assert_int_equal(h.at[0].old_start, 1);
	assert_int_equal(h.at[0].old_lines, 3);
	assert_int_equal(h.at[1].old_start, 4);
	assert_int_equal(h.at[1].new_start, 4);
	assert_int_equal(h.at[1].new_lines, 3);
	assert_int_equal(h.at[2].old_start, 5);
	assert_int_equal(h.at[2].old_lines, 0);
	assert_int_equal(h.at[2].new_start, 7);
	hunk_choose(&h, 1, 1);
	expect_build(&h, "1\n2\n3\nfour\n4\n5\n");
	assert_int_equal(hunk_split(&h, 0, &parts), 0);
	assert_int_equal(parts, 1);
	hunks_release(&h);
}

static void test_hunk_edit_replaces_added_lines(void **state)
{
	static const char text[] = "# help\n a\n-b\n+X\n+Y\n c\n";
	struct err err = ERR_INIT;
	struct hunks h;

	make(&h, "a\nb\nc\n", "a\nB\nc\n");
	assert_int_equal(hunk_edit(&h, 0, text, strlen(text), &err), 0);
	expect_build(&h, "a\nX\nY\nc\n");
	assert_int_equal(h.at[0].new_lines, 4);
	assert_int_equal(h.added, 2);
	hunks_release(&h);
}

static void test_hunk_edit_refuses_foreign_lines(void **state)
{
	static const char *const bad[] = {
		" a\n-B\n c\n", " a\n-b\n", "", " a\n b\n c\n d\n", "?\n",
	};
	struct err err = ERR_INIT;
	struct hunks h;

	make(&h, "a\nb\nc\n", "a\nB\nc\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hunk_edit(&h, 0, bad[i], strlen(bad[i]), &err),
				 -22);
	hunks_choose_all(&h, 1);
	expect_build(&h, "a\nB\nc\n");
	hunks_release(&h);
}

static void test_hunk_text_edits_to_itself(void **state)
{
	struct err err = ERR_INIT;
	struct buf b = BUF_INIT;
	struct hunks h;

	make(&h, "a\nb\nc", "a\nB\nc\nd");
	hunk_text(&h, 0, &b);
	assert_int_equal(hunk_edit(&h, 0, b.ptr, b.len, &err), 0);
	expect_build(&h, "a\nB\nc\nd");
	buf_release(&b);
	hunks_release(&h);
}

static void test_hunk_binary_and_big(void **state)
{
	char *big = malloc(HUNK_MAX_BYTES + 1);
	struct hunks h;

	assert_non_null(big);
	memset(big, 'x', HUNK_MAX_BYTES + 1);
	assert_int_equal(hunks_make(&h, "a\0b", 3, "a", 1, 3, 0), 0);
	assert_int_equal(h.state, HUNKS_BINARY);
	hunks_release(&h);
	assert_int_equal(hunks_make(&h, "a\0b", 3, "a", 1, 3, HUNKS_FORCE_TEXT),
			 0);
	assert_int_equal(h.state, HUNKS_TEXT);
	assert_int_equal(h.n, 1);
	hunks_release(&h);
	assert_int_equal(hunks_make(&h, "a", 1, big, HUNK_MAX_BYTES + 1, 3, 0),
			 0);
	assert_int_equal(h.state, HUNKS_TOO_BIG);
	hunks_release(&h);
	free(big);
}

/* ------------------------------------------------------------ properties */

static unsigned long next_random(unsigned long *seed)
{
	*seed = *seed * 6364136223846793005ul + 1442695040888963407ul;
	return *seed >> 33;
}

static void random_text(unsigned long *seed, struct buf *b)
{
	size_t n = next_random(seed) % 30;

	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%lu\n", next_random(seed) % 6);
	if (n && next_random(seed) % 3 == 0)
		buf_addstr(b, "end");
}

static void mutate(unsigned long *seed, const struct buf *from, struct buf *to)
{
	const char *p = from->ptr, *end = p + from->len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *next = nl ? nl + 1 : end;
		unsigned long dice = next_random(seed) % 8;

		if (dice == 0)
			buf_addf(to, "new%lu\n", next_random(seed) % 3);
		if (dice != 1)
			buf_add(to, p, (size_t)(next - p));
		p = next;
	}
	if (next_random(seed) % 4 == 0 && to->len && to->ptr[to->len - 1] != '\n')
		buf_addch(to, '\n');
}

/* Taking a part and then the rest is taking all. */
static void check_rest(unsigned long *seed, struct hunks *h,
		       const struct buf *new, unsigned context)
{
	struct buf mid = BUF_INIT, all = BUF_INIT;
	struct hunks rest;

	for (size_t i = 0; i < h->n_lines; i++)
		h->lines[i].chosen = next_random(seed) & 1;
	assert_int_equal(hunks_build(h, &mid), 0);
	assert_int_equal(hunks_make(&rest, mid.ptr, mid.len, new->ptr, new->len,
				    context, 0), 0);
	assert_true(rest.added <= h->added + h->removed + 1);
	hunks_choose_all(&rest, 1);
	assert_int_equal(hunks_build(&rest, &all), 0);
	assert_int_equal(all.len, new->len);
	assert_memory_equal(all.ptr, new->ptr, new->len);
	hunks_release(&rest);
	buf_release(&mid);
	buf_release(&all);
}

/* The lines of the result are those that the choice asks for, in order. */
static void check_lines(const struct hunks *h)
{
	struct buf got = BUF_INIT;
	size_t want = 0, have = 0;

	assert_int_equal(hunks_build(h, &got), 0);
	for (size_t i = 0; i < h->old_len; i++)
		want += h->old[i] == '\n';
	want += h->old_len && h->old[h->old_len - 1] != '\n';
	for (size_t i = 0; i < h->n_lines; i++) {
		want += h->lines[i].origin == '+' && h->lines[i].chosen;
		want -= h->lines[i].origin == '-' && h->lines[i].chosen;
	}
	for (size_t i = 0; i < got.len; i++)
		have += got.ptr[i] == '\n';
	have += got.len && got.ptr[got.len - 1] != '\n';
	assert_int_equal(have, want);
	buf_release(&got);
}

static void test_hunk_properties_of_choices(void **state)
{
	unsigned long seed = 42;

	for (int round = 0; round < 2000; round++) {
		struct buf old = BUF_INIT, new = BUF_INIT, got = BUF_INIT;
		unsigned context = (unsigned)(round % 4);
		struct hunks h;
		size_t parts;

		random_text(&seed, &old);
		mutate(&seed, &old, &new);
		assert_int_equal(hunks_make(&h, old.ptr, old.len, new.ptr,
					    new.len, context, 0), 0);
		if (h.n && round % 3 == 0)
			assert_int_equal(hunk_split(&h, h.n / 2, &parts), 0);
		assert_int_equal(hunks_build(&h, &got), 0);
		assert_string_equal(got.ptr, old.ptr);
		buf_clear(&got);
		hunks_choose_all(&h, 1);
		assert_int_equal(hunks_build(&h, &got), 0);
		assert_string_equal(got.ptr, new.ptr);
		check_rest(&seed, &h, &new, context);
		check_lines(&h);
		hunks_release(&h);
		buf_release(&old);
		buf_release(&new);
		buf_release(&got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hunk_numbers_and_counts),
		cmocka_unit_test(test_hunk_single_line_is_taken),
		cmocka_unit_test(test_hunk_missing_newline_is_added_between),
		cmocka_unit_test(test_hunk_insertion_without_context),
		cmocka_unit_test(test_hunk_split_keeps_ranges),
		cmocka_unit_test(test_hunk_edit_replaces_added_lines),
		cmocka_unit_test(test_hunk_edit_refuses_foreign_lines),
		cmocka_unit_test(test_hunk_text_edits_to_itself),
		cmocka_unit_test(test_hunk_binary_and_big),
		cmocka_unit_test(test_hunk_properties_of_choices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
