/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "review/apply.h"
#include "review/engine.h"

static void start(struct where *w)
{
	assert_int_equal(mkdir("ws", 0755) || mkdir("state", 0755), 0);
	scratch_write("ws/f", "0\n");
	w->ws = open("ws", O_RDONLY | O_DIRECTORY);
	w->state = open("state", O_RDONLY | O_DIRECTORY);
	assert_true(w->ws >= 0 && w->state >= 0);
}

static void end(struct where *w)
{
	io_close(&w->ws);
	io_close(&w->state);
}

/* A job of its own that puts a line into f. */
static void put_line(const struct where *w, int i)
{
	struct req q = { .kind = REQ_FILE, .path = "f", .mode = 0644 };
	struct notes notes = { NULL, 0 };
	struct err err = ERR_INIT;
	struct buf text = BUF_INIT;
	struct job j = JOB_NONE;

	buf_addf(&text, "%d\n", i);
	q.bytes = &text;
	assert_int_equal(engine_stat(w, "f", &q.now), 0);
	assert_int_equal(job_create(&j, w->state, &err), 0);
	assert_int_equal(engine_run(&j, w, &q, 1, &notes, &err), 0);
	assert_int_equal(engine_finish(&j, w, 0, &notes, &err), 0);
	job_release(&j);
	buf_release(&text);
	notes_release(&notes);
}

/* A journal may come from elsewhere: no room is made for what it says alone. */
static void test_job_reads_no_more_than_asked(void **state)
{
	struct where w = { .ws = -1 };
	struct err err = ERR_INIT;
	struct buf out = BUF_INIT;
	struct job j = JOB_NONE;

	start(&w);
	put_line(&w, 7);
	assert_int_equal(job_read(&j, w.state, 1, &err), 0);
	assert_int_equal(j.n, 1);
	assert_int_equal(job_read_made(&j, 0, 2, &out), 0);
	assert_string_equal(out.ptr, "7\n");
	buf_release(&out);
	assert_int_equal(job_read_made(&j, 0, 1, &out), -EFBIG);
	j.ops[0].kept_len = UINT32_MAX;
	assert_int_equal(job_read_made(&j, 0, 1 << 20, &out), -EFBIG);
	assert_int_equal(out.cap, 0);
	job_release(&j);
	end(&w);
}

static void test_job_prunes_old_ones(void **state)
{
	struct where w = { .ws = -1 };
	uint32_t *all;
	size_t n;

	start(&w);
	for (int i = 0; i < 4; i++)
		put_line(&w, i);
	assert_int_equal(jobs_prune(&w, NULL, 2, 1 << 30), 0);
	assert_int_equal(job_list(w.state, &all, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(all[0], 3);
	free(all);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_job_reads_no_more_than_asked, scratch_setup,
			scratch_teardown),
		cmocka_unit_test_setup_teardown(test_job_prunes_old_ones,
						scratch_setup,
						scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
