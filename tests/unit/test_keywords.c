/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include "scan/keywords.h"

static const char *const words[] = { "key", "pass", "password", "sk-", "token",
				     "akia", "sworn", "-----begin", "aaaa" };
#define N (sizeof(words) / sizeof(words[0]))

static size_t count_plain(const char *buf, size_t len)
{
	size_t n = 0;

	for (size_t w = 0; w < N; w++)
		for (size_t i = 0; i + strlen(words[w]) <= len; i++)
			n += !strncasecmp(buf + i, words[w], strlen(words[w]));
	return n;
}

static size_t count(const struct keywords *k, const char *buf, size_t len,
		    size_t max)
{
	struct keyword_hit hits[64];
	size_t pos = 0, n, total = 0;

	while (pos < len) {
		n = keywords_find(k, buf, len, &pos, hits, max);
		for (size_t i = 0; i < n; i++) {
			size_t l = keyword_len(k, hits[i].word);

			assert_true(hits[i].off + l <= len);
			assert_int_equal(strncasecmp(buf + hits[i].off,
						     words[hits[i].word], l), 0);
		}
		total += n;
	}
	return total;
}

static void test_keywords_find_each_once(void **state)
{
	static const char text[] = "Key=1; PASSWORD: sk-x tok token AKIAkey";
	struct keywords *k;
	size_t bad;

	assert_int_equal(keywords_new(&k, words, N, &bad), 0);
	assert_int_equal(count(k, text, sizeof(text) - 1, 64), 7);
	assert_int_equal(count(k, "key", 3, 64), 1);
	assert_int_equal(count(k, "ke", 2, 64), 0);
	assert_int_equal(count(k, "aaaaaa", 6, 64), 3);
	keywords_free(k);
}

/* Random text made of the words' own pieces, against a plain search. */
static void agree(struct keywords *k)
{
	char buf[300];

	srand(7);
	for (int round = 0; round < 20000; round++) {
		size_t len = 0, want = (size_t)rand() % 200;

		while (len < want) {
			const char *w = words[(size_t)rand() % N];
			size_t l = 1 + (size_t)rand() % strlen(w);

			memcpy(buf + len, w, l);
			len += l;
			if (rand() % 3 == 0)
				buf[len++] = (char)rand();
			if (rand() % 4 == 0)
				buf[len - 1] ^= 0x20;
		}
		assert_int_equal(count(k, buf, len, 64),
				 count_plain(buf, len));
		assert_int_equal(count(k, buf, len, N), count_plain(buf, len));
	}
}

static void test_keywords_agree_with_plain_search(void **state)
{
	struct keywords *k;
	size_t bad;

	assert_int_equal(keywords_new(&k, words, N, &bad), 0);
	agree(k);
	keywords_one_by_one(k);
	agree(k);
	keywords_free(k);
}

static void test_keywords_refuse(void **state)
{
	static const char *const small[] = { "abc", "ab" };
	static const char *const line[] = { "ab\ncd" };
	struct keywords *k = NULL;
	size_t bad = 9;

	assert_true(keywords_new(&k, small, 2, &bad) < 0);
	assert_int_equal(bad, 1);
	assert_true(keywords_new(&k, line, 1, &bad) < 0);
	assert_int_equal(bad, 0);
	assert_null(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords_find_each_once),
		cmocka_unit_test(test_keywords_agree_with_plain_search),
		cmocka_unit_test(test_keywords_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
