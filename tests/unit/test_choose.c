/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake.h"
#include "review/choose.h"

/* A file with two changes that are close enough for one hunk. */
static void begin(struct fake *f)
{
	fake_start(f);
	fake_do(f, "seq 9 >ws/f; seq 3 >ws/gone; seq 3 >ws/other");
	fake_begin(f);
	fake_do(f, "sed -i '2s/.*/two/;6s/.*/six/' view/f; rm view/gone;"
		   " echo x >>view/other; ln -s f view/link");
	fake_list(f);
}

static void expect_text(const struct choose *c, const char *want)
{
	struct buf b = BUF_INIT;

	assert_int_equal(choose_text(c, &b), 0);
	assert_string_equal(b.ptr, want);
	buf_release(&b);
}

static void test_choose_lines_make_a_part(void **state)
{
	struct choices all = CHOICES_INIT;
	struct choice *k;
	struct choose c;
	struct fake f;
	size_t parts;

	begin(&f);
	assert_int_equal(choose_open(&c, &f.src, fake_delta(&f, "f"), NULL), 0);
	assert_int_equal(c.hunks.n, 1);
	assert_int_equal(choose_marked(&c, 0), CHOOSE_OPEN);
	assert_int_equal(choose_split(&c, 0, &parts), 0);
	assert_int_equal(parts, 2);
	choose_mark(&c, 1, CHOOSE_TAKE);
	choose_mark(&c, 0, CHOOSE_LEAVE);
	expect_text(&c, "1\n2\n3\n4\n5\nsix\n7\n8\n9\n");
	k = choices_note(&all, "f");
	assert_int_equal(choose_store(&c, k), 0);
	assert_int_equal(k->state, CHOICE_PART);
	assert_string_equal(k->marks, "0011");
	choose_close(&c);

	assert_int_equal(choose_open(&c, &f.src, fake_delta(&f, "f"), k), 0);
	assert_int_equal(c.lost, 0);
	assert_int_equal(c.hunks.n, 2);
	assert_int_equal(choose_marked(&c, 0), CHOOSE_LEAVE);
	assert_int_equal(choose_marked(&c, 1), CHOOSE_TAKE);
	choose_mark(&c, 0, CHOOSE_TAKE);
	assert_int_equal(choose_store(&c, k), 0);
	assert_int_equal(k->state, CHOICE_TAKE);
	choose_close(&c);
	choices_release(&all);
	fake_end(&f);
}

static void test_choose_edited_hunk_comes_back(void **state)
{
	static const char edit[] = " 1\n-2\n+zwei\n 3\n 4\n 5\n-6\n+six\n 7\n 8\n"
				   " 9\n";
	struct choices all = CHOICES_INIT;
	struct err err = ERR_INIT;
	struct choice *k;
	struct choose c;
	struct fake f;

	begin(&f);
	assert_int_equal(choose_open(&c, &f.src, fake_delta(&f, "f"), NULL), 0);
	assert_int_equal(choose_edit(&c, 0, edit, strlen(edit), &err), 0);
	k = choices_note(&all, "f");
	assert_int_equal(choose_store(&c, k), 0);
	assert_int_equal(k->state, CHOICE_PART);
	choose_close(&c);
	assert_int_equal(choose_open(&c, &f.src, fake_delta(&f, "f"), k), 0);
	assert_int_equal(c.lost, 0);
	expect_text(&c, "1\nzwei\n3\n4\n5\nsix\n7\n8\n9\n");
	choose_close(&c);
	choices_release(&all);
	fake_end(&f);
}

/* Marks that are not of these lines are never guessed into place. */
static void test_choose_marks_that_do_not_fit_are_lost(void **state)
{
	struct choices all = CHOICES_INIT;
	struct chosen chosen = { &all, NULL };
	struct buf text = BUF_INIT;
	struct choice *k;
	struct choose c;
	struct fake f;

	begin(&f);
	chosen.source = &f.src;
	assert_int_equal(choose_open(&c, &f.src, fake_delta(&f, "f"), NULL), 0);
	choose_mark_line(&c, 1, CHOOSE_TAKE);
	k = choices_note(&all, "f");
	assert_int_equal(choose_store(&c, k), 0);
	choose_close(&c);
	assert_int_equal(chosen_text(&chosen, fake_delta(&f, "f"), &text), 1);
	assert_string_equal(text.ptr, "1\n3\n4\n5\n6\n7\n8\n9\n");
	buf_clear(&text);
	fake_do(&f, "sed -i 's/two/zwei/' view/f");
	fake_list(&f);
	k->marks[0] = '0';
	assert_int_equal(chosen_text(&chosen, fake_delta(&f, "f"), &text),
			 -EBADMSG);
	assert_int_equal(choose_open(&c, &f.src, fake_delta(&f, "f"), k), 0);
	assert_int_equal(c.lost, 1);
	assert_int_equal(choose_marked(&c, 0), CHOOSE_OPEN);
	choose_close(&c);
	buf_release(&text);
	choices_release(&all);
	fake_end(&f);
}

static void test_choose_seal_goes_by_all_that_is_seen(void **state)
{
	char a[DIGEST_HEX], b[DIGEST_HEX];
	struct fake f;
	static const char *const changes[] = {
		"echo y >>view/other", "chmod 755 view/other",
		"rm view/other", "ln -s x view/other",
		"ln -sfn y view/other",
	};

	begin(&f);
	assert_int_equal(choose_seal(&f.src, fake_delta(&f, "other"), a), 0);
	assert_int_equal(choose_seal(&f.src, fake_delta(&f, "other"), b), 0);
	assert_string_equal(a, b);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		memcpy(b, a, sizeof(b));
		fake_do(&f, changes[i]);
		fake_list(&f);
		assert_int_equal(choose_seal(&f.src, fake_delta(&f, "other"), a),
				 0);
		if (!strcmp(a, b))
			fail_msg("not seen: %s", changes[i]);
	}
	fake_end(&f);
}

static void test_choices_of_changed_files_are_forgotten(void **state)
{
	struct choices all = CHOICES_INIT;
	struct err err = ERR_INIT;
	struct fake f;
	size_t n;

	begin(&f);
	choices_step(&all);
	choices_set(&all, "other", CHOICE_TAKE);
	choices_set(&all, "gone", CHOICE_TAKE);
	choices_set(&all, "link", CHOICE_LEAVE);
	choices_set(&all, "never", CHOICE_TAKE);
	assert_int_equal(choice_comment(choices_get(&all, "other"), '+', 4,
					"remark"), 0);
	assert_int_equal(choices_seal(&all, &f.src, &f.list, &err), 0);
	fake_do(&f, "echo more >>view/other");
	fake_list(&f);
	assert_int_equal(choices_check(&all, &f.src, &f.list, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(choices_state(&all, "other"), CHOICE_NONE);
	assert_int_equal(choices_state(&all, "never"), CHOICE_NONE);
	assert_int_equal(choices_state(&all, "gone"), CHOICE_TAKE);
	assert_int_equal(choices_state(&all, "link"), CHOICE_LEAVE);
	assert_string_equal(choice_comment_at(choices_get(&all, "other"), '+',
					      4), "remark");
	choices_release(&all);
	fake_end(&f);
}

/* The plan has what was picked, with the chosen lines, and nothing else. */
static void test_choose_plan_is_of_the_chosen(void **state)
{
	struct choices all = CHOICES_INIT;
	struct chosen chosen = { &all, NULL };
	struct plan_opts o = { .choice = chosen_text,
			       .choice_payload = &chosen };
	struct err err = ERR_INIT;
	struct choose c;
	struct plan p = { NULL, 0, { 0 } };
	struct fake f;
	char picked[8] = { 0 };

	begin(&f);
	chosen.source = &f.src;
	choices_set(&all, "gone", CHOICE_TAKE);
	assert_int_equal(choose_open(&c, &f.src, fake_delta(&f, "f"), NULL), 0);
	choose_mark_line(&c, 2, CHOOSE_TAKE);
	assert_int_equal(choose_store(&c, choices_note(&all, "f")), 0);
	choose_close(&c);
	for (size_t i = 0; i < f.list.n; i++)
		picked[i] = choices_state(&all, f.list.at[i].path) !=
			    CHOICE_NONE;
	o.picked = picked;
	assert_int_equal(plan_make(&p, &f.list, &f.src, f.ws, &o, &err), 0);
	for (size_t i = 0; i < p.n; i++) {
		const char *path = p.at[i].d->path;

		assert_int_equal(p.at[i].selected, picked[i]);
		if (!strcmp(path, "f")) {
			assert_int_equal(p.at[i].partial, 1);
			assert_string_equal(p.at[i].content.ptr,
					    "1\n2\ntwo\n3\n4\n5\n6\n7\n8\n9\n");
		}
	}
	plan_release(&p);
	choices_release(&all);
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose_lines_make_a_part),
		cmocka_unit_test(test_choose_edited_hunk_comes_back),
		cmocka_unit_test(test_choose_marks_that_do_not_fit_are_lost),
		cmocka_unit_test(test_choose_seal_goes_by_all_that_is_seen),
		cmocka_unit_test(test_choices_of_changed_files_are_forgotten),
		cmocka_unit_test(test_choose_plan_is_of_the_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
