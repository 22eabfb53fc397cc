/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "scan/tree.h"

static const char rules[] =
	"[tok]\nkind = content\nkeywords = tok_\n"
	"pattern = tok_[a-z0-9]{8}\nconfidence = high\n";

static struct ruleset *set;
static struct scanner *sc;

static int start(void **state)
{
	struct err err = ERR_INIT;

	return ruleset_new(&set) ||
	       ruleset_parse(set, "t.ini", rules, sizeof(rules) - 1,
			     ORIGIN_USER, &err) ||
	       scanner_new(&sc, set, &err);
}

static int stop(void **state)
{
	scanner_free(sc);
	ruleset_free(set);
	return 0;
}

struct seen {
	char last[64];
	size_t files, findings, errors;
	int order_broken, give_up;
};

static int note(void *payload, const struct tree_file *f)
{
	struct seen *s = payload;

	s->order_broken |= strcmp(s->last, f->path) > 0;
	snprintf(s->last, sizeof(s->last), "%s", f->path);
	s->files++;
	s->findings += f->n;
	s->errors += f->error != 0;
	return s->give_up ? -ECANCELED : 0;
}

static int scan_here(struct seen *s, int threads)
{
	struct tree_scan t = { .scanner = sc, .threads = threads, .file = note,
			       .payload = s };
	int fd = open(".", O_RDONLY | O_DIRECTORY), r;

	r = tree_scan(&t, fd);
	close(fd);
	return r;
}

/* More files than are ahead, every third with a token. */
static void make_files(int n)
{
	char name[32];

	mkdir("d", 0755);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "d/%05d", i);
		scratch_write(name, i % 3 ? "nothing\n" : "x tok_abcdefgh\n");
	}
	assert_int_equal(symlink("00000", "d/link"), 0);
	assert_int_equal(mkfifo("d/pipe", 0600), 0);
}

static void test_tree_is_in_order(void **state)
{
	make_files(1000);
	for (int threads = 1; threads < 5; threads += 3) {
		struct seen s = { .files = 0 };

		assert_int_equal(scan_here(&s, threads), 0);
		assert_int_equal(s.files, 334);
		assert_int_equal(s.findings, 334);
		assert_int_equal(s.order_broken, 0);
		assert_int_equal(s.errors, 0);
	}
}

static void test_tree_ends_when_told(void **state)
{
	struct seen s = { .give_up = 1 };

	make_files(1000);
	assert_int_equal(scan_here(&s, 3), -ECANCELED);
	assert_int_equal(s.files, 1);
}

static void test_tree_tells_of_the_unreadable(void **state)
{
	struct seen s = { .files = 0 };
	uid_t was = geteuid();

	scratch_write("secret", "tok_abcdefgh\n");
	assert_int_equal(chmod("secret", 0), 0);
	assert_int_equal(chmod(".", 0755), 0);
	/* root may read everything, so it is somebody else meanwhile */
	if (!was)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(scan_here(&s, 2), 0);
	assert_int_equal(seteuid(was), 0);
	assert_int_equal(s.errors, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tree_is_in_order,
						scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_tree_ends_when_told,
						scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_tree_tells_of_the_unreadable, scratch_setup,
			scratch_teardown),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
