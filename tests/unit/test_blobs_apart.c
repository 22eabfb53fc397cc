/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <stdlib.h>

#include "review/blobs_apart.h"

/* Objects "00..." to "04...": some are read for ever, or kill who reads them. */
enum how { FINE, HANGS, DIES };

struct job {
	enum how how[5];
	int result;
};

static int hand_out(void *task, struct blobs_watch *w, blobs_fn fn,
		    void *payload, struct err *err)
{
	struct job *j = task;

	for (int i = 0; i < 5; i++) {
		uint8_t id[GITSET_ID] = { (uint8_t)i };
		char hex[41] = "0000000000000000000000000000000000000000";
		struct blobs_object o = { .id = hex, .path = "a/b", .data = "xyz",
					  .author = "", .len = 3,
					  .commit = i == 4 ? hex : NULL };
		int r;

		hex[1] = (char)('0' + i);
		o.error = blobs_about(w, id);
		if (!o.error && j->how[i] == DIES)
			abort();
		while (!o.error && j->how[i] == HANGS)
			pause();
		if (o.error)
			o.data = NULL;
		r = fn(payload, &o);
		if (r)
			return r;
	}
	return j->result ? err_set(err, j->result, "it was so") : 0;
}

static int note(void *payload, const struct blobs_object *o)
{
	struct buf *b = payload;

	assert_string_equal(o->path, "a/b");
	assert_int_equal(o->commit != NULL, o->id[1] == '4');
	assert_int_equal(o->data != NULL, !o->error);
	if (o->data)
		assert_memory_equal(o->data, "xyz", 3);
	buf_addf(b, "%c%s ", o->id[1], o->error == -EIO ? "!" : "");
	return o->id[1] == '3' && b->ptr[0] == '-' ? -ECANCELED : 0;
}

static int run(struct job *j, const char *before, const char *want,
	       struct err *err)
{
	struct buf b = BUF_INIT;
	int r;

	buf_addstr(&b, before);
	r = blobs_apart(hand_out, j, 0.5, note, &b, err);
	assert_string_equal(b.ptr, want);
	buf_release(&b);
	return r;
}

static void test_blobs_apart_hands_out(void **state)
{
	struct job j = { .result = 0 };
	struct err err = ERR_INIT;

	assert_int_equal(run(&j, "", "0 1 2 3 4 ", &err), 0);
	assert_int_equal(run(&j, "-", "-0 1 2 3 ", &err), -ECANCELED);
	j.result = -ENOENT;
	assert_int_equal(run(&j, "", "0 1 2 3 4 ", &err), -ENOENT);
	assert_string_equal(err.msg, "it was so");
}

static void test_blobs_apart_goes_on(void **state)
{
	struct job j = { .how = { FINE, HANGS, FINE, DIES, FINE } };
	struct err err = ERR_INIT;

	assert_int_equal(run(&j, "", "0 1! 2 3! 4 ", &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blobs_apart_hands_out),
		cmocka_unit_test(test_blobs_apart_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
