/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake.h"
#include "review/diff.h"
#include "review/word.h"

static void patch_of(struct fake *f, struct delta *d, int flags,
		     struct buf *out)
{
	struct diff_opts o = { .context = 3, .flags = flags };
	struct diff_pair p;

	assert_int_equal(diff_load(&f->src, d, DIFF_EXACT_MAX, &p), 0);
	assert_int_equal(diff_patch(&p, &o, out), 0);
	diff_pair_release(&p);
}

static int is_renamed_away(struct fake *f, const struct delta *d)
{
	for (size_t i = 0; i < f->list.n; i++)
		if (d->kind == DELTA_DELETE && f->list.at[i].origin &&
		    !strcmp(f->list.at[i].origin, d->path))
			return 1;
	return 0;
}

static void patch_of_all(struct fake *f, int flags, struct buf *out)
{
	for (size_t i = 0; i < f->list.n; i++)
		if (!is_renamed_away(f, &f->list.at[i]))
			patch_of(f, &f->list.at[i], flags, out);
}

static void test_diff_modified_file(void **state)
{
	struct buf b = BUF_INIT;
	struct fake f;

	fake_start(&f);
	fake_do(&f, "printf 'a\\nb\\nc' >ws/f");
	fake_begin(&f);
	fake_do(&f, "printf 'a\\nB\\nc\\n' >view/f; chmod 755 view/f");
	fake_list(&f);
	patch_of(&f, fake_delta(&f, "f"), 0, &b);
	assert_string_equal(b.ptr,
		"diff --git a/f b/f\nold mode 100644\nnew mode 100755\n"
		"index 1c943a98887754f364fafaa1da3ac56e0e0875a9.."
		"7be73ce3c1b1cdaea86e8168dfee8575175953bf\n"
		"--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n-c\n"
		"\\ No newline at end of file\n+B\n+c\n");
	buf_release(&b);
	fake_end(&f);
}

/* What git apply makes of our patches is what the agent had. */
static void apply_round(struct fake *f, int flags)
{
	struct buf b = BUF_INIT;

	patch_of_all(f, flags, &b);
	fake_write(f, "patch", b.ptr, b.len);
	fake_do(f, "rm -rf got; cp -a base got; cd got;"
		" GIT_DIR=/nonexistent git apply --whitespace=nowarn ../patch");
	fake_do(f, "diff -r --no-dereference got view;"
		" (cd got; find . -printf '%p %y %l ' -exec test -x {} \\;"
		" -printf x -o -printf '\\n') >g;"
		" (cd view; find . -printf '%p %y %l ' -exec test -x {} \\;"
		" -printf x -o -printf '\\n') >v; cmp g v");
	buf_release(&b);
}

static void test_diff_git_apply_takes_it(void **state)
{
	struct fake f;

	fake_start(&f);
	fake_do(&f, "cd ws; mkdir d; seq 50 >d/many; echo x >'sp ace';"
		"printf 'q\\n' >'qu\"ote\\\\'; printf 'a\\tb\\n' >\"$(printf 'n\\nl')\";"
		"printf 'u\\n' >\"$(printf 'b\\377\\033[2J')\"; seq 3 >gone; ln -s old link;"
		"seq 700 | tr '\\n' '\\0' >bin; printf '\\1\\r\\n\\377\\0x' >bin2;"
		"printf 'one\\r\\ntwo\\r\\n' >crlf; echo e >exec; seq 9 >moved;"
		"printf end >noeol; : >empty; echo t >type; echo r >bin3");
	fake_begin(&f);
	fake_do(&f, "cd view; sed -i 's/^7$/seven/;s/^40$//' d/many;"
		"echo y >>'sp ace'; echo y >>'qu\"ote\\\\';"
		"echo y >\"$(printf 'n\\nl')\"; echo y >>\"$(printf 'b\\377\\033[2J')\";"
		"rm gone bin2; ln -sf new link; seq 500 | tr '\\n' '\\0' >bin;"
		"printf 'one\\r\\nTWO\\r\\n' >crlf; chmod +x exec; mkdir e;"
		"sed 's/5/five/' moved >e/here; rm moved; printf more >>noeol;"
		"echo full >empty; rm type; ln -s t type; : >newempty;"
		"head -c 5000 /dev/zero >zeros; echo 'trail ' >tr; chmod +x tr;"
		"printf 'esc \\033[1m seq\\n' >esc; printf 'r\\000' >bin3;"
		"printf 'caf\\351 \\342\\200\\256\\n' >latin");
	fake_origin(&f, "e/here", "moved");
	fake_list(&f);
	apply_round(&f, 0);
	apply_round(&f, DIFF_EXACT);
	fake_end(&f);
}

static void test_diff_pipe_never_carries_escapes(void **state)
{
	static const char bad[] = "\033\r\177\302\233\n";
	struct buf b = BUF_INIT;
	struct fake f;

	fake_start(&f);
	fake_begin(&f);
	fake_write(&f, "view/f", bad, sizeof(bad) - 1);
	fake_list(&f);
	patch_of(&f, fake_delta(&f, "f"), 0, &b);
	assert_non_null(strstr(b.ptr, "GIT binary patch"));
	assert_false(diff_is_harmful(b.ptr, b.len));
	buf_clear(&b);
	patch_of(&f, fake_delta(&f, "f"), DIFF_ESCAPE, &b);
	assert_false(diff_is_harmful(b.ptr, b.len));
	assert_non_null(strstr(b.ptr, "+\\x1b\\x0d\\x7f<U+009B>\n"));
	buf_clear(&b);
	patch_of(&f, fake_delta(&f, "f"), DIFF_EXACT, &b);
	assert_non_null(strstr(b.ptr, bad));
	buf_release(&b);
	fake_end(&f);
}

static void test_diff_long_line_is_cut_with_a_count(void **state)
{
	struct buf b = BUF_INIT;
	struct fake f;

	fake_start(&f);
	fake_begin(&f);
	fake_do(&f, "head -c 10000 /dev/zero | tr '\\0' x >view/f");
	fake_list(&f);
	patch_of(&f, fake_delta(&f, "f"), DIFF_ESCAPE, &b);
	assert_non_null(strstr(b.ptr, "[5904 more bytes in this line;"));
	assert_true(b.len < 5000);
	buf_release(&b);
	fake_end(&f);
}

static void test_diff_directories_and_modes_are_remarks(void **state)
{
	struct buf b = BUF_INIT;
	struct fake f;

	fake_start(&f);
	fake_do(&f, "mkdir ws/d ws/gone; echo x >ws/f; chmod 644 ws/f");
	fake_begin(&f);
	fake_do(&f, "chmod 700 view/d; rmdir view/gone; mkdir view/new;"
		"chmod 600 view/f");
	fake_list(&f);
	patch_of_all(&f, 0, &b);
	assert_string_equal(b.ptr, "# mode of directory d: 0755 -> 0700\n"
		"# mode of file f: 0644 -> 0600\n"
		"# removed directory: gone\n# new directory: new\n");
	buf_release(&b);
	fake_end(&f);
}

static void test_diff_quote(void **state)
{
	static const char *const cases[][2] = {
		{ "plain", "a/plain" },
		{ "sp ace", "a/sp ace" },
		{ "\303\266", "a/\303\266" },
		{ "q\"", "\"a/q\\\"\"" },
		{ "\n\t\033", "\"a/\\n\\t\\033\"" },
		{ "\377", "\"a/\\377\"" },
		{ "\342\200\256", "\"a/\\342\\200\\256\"" },
	};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&b);
		diff_quote(&b, "a/", cases[i][0]);
		assert_string_equal(b.ptr, cases[i][1]);
	}
	buf_release(&b);
}

static void test_diff_words(void **state)
{
	struct buf b = BUF_INIT;
	struct fake f;

	fake_start(&f);
	fake_do(&f, "printf 'int a = 1;\\nkeep\\n' >ws/f");
	fake_begin(&f);
	fake_do(&f, "printf 'int bc = 1;\\nkeep\\nnew\\n' >view/f");
	fake_list(&f);
	patch_of(&f, fake_delta(&f, "f"), DIFF_WORDS, &b);
	assert_non_null(strstr(b.ptr, "\nint [-a-]{+bc+} = 1;\nkeep\n{+new"));
	buf_release(&b);
	fake_end(&f);
}

static void test_diff_counts(void **state)
{
	struct diff_pair p;
	long added, removed;
	struct fake f;

	fake_start(&f);
	fake_do(&f, "seq 10 >ws/f; printf '\\0' >ws/b");
	fake_begin(&f);
	fake_do(&f, "seq 3 12 >view/f; printf '\\0\\0' >view/b");
	fake_list(&f);
	assert_int_equal(diff_load(&f.src, fake_delta(&f, "f"), 1000, &p), 0);
	assert_int_equal(diff_count(&p, &added, &removed), 0);
	assert_int_equal(added, 2);
	assert_int_equal(removed, 2);
	diff_pair_release(&p);
	assert_int_equal(diff_load(&f.src, fake_delta(&f, "b"), 1000, &p), 0);
	assert_int_equal(diff_count(&p, &added, &removed), 0);
	assert_int_equal(added, -1);
	diff_pair_release(&p);
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff_modified_file),
		cmocka_unit_test(test_diff_git_apply_takes_it),
		cmocka_unit_test(test_diff_pipe_never_carries_escapes),
		cmocka_unit_test(test_diff_long_line_is_cut_with_a_count),
		cmocka_unit_test(test_diff_directories_and_modes_are_remarks),
		cmocka_unit_test(test_diff_quote),
		cmocka_unit_test(test_diff_words),
		cmocka_unit_test(test_diff_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
