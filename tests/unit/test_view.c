/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include <sys/mman.h>
#include <sys/vfs.h>
#include <time.h>

/*
 * Verdicts that outlive a mount: what was clean is not scanned again, and a file
 * that is another by now is.
 */
static const char rules[] =
	"[fake-token]\nkind = content\ndescription = a token of these tests\n"
	"keywords = faketoken\npattern = FAKETOKEN[0-9a-f]{16}\n"
	"severity = high\nconfidence = high\n";

static void serve(struct fixture *f)
{
	struct policy_sources src = { .userdir = f->state, .workspace_fd = -1 };
	struct err err = ERR_INIT;
	char path[128];

	put_file(f->top, "rules.ini", rules);
	snprintf(path, sizeof(path), "%s/rules.ini", f->top);
	src.rules = path;
	layer_close(f->l);
	policy_free(f->p);
	assert_int_equal(policy_load(&f->p, &src, &err), 0);
	assert_int_equal(layer_open(&f->l, f->s, f->p, LAYER_WRITE, &err), 0);
	layer_serve(f->l, NULL);
}

static void read_file(struct fixture *f, const char *name, char text[64])
{
	struct node *n = at(f, name);
	ssize_t len;

	memset(text, 0, 64);
	len = layer_read(f->l, &me, n, text, 63, 0);
	layer_forget(f->l, n, 1);
	assert_true(len > 0);
}

static void age(struct fixture *f, const char *name)
{
	struct timespec ts[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", f->ws, name);
	assert_int_equal(utimensat(AT_FDCWD, path, ts, 0), 0);
}

#define CLEAN "harmless text of one line\n"

static void test_a_known_file_that_changed_is_judged(void **state)
{
	struct timespec racy = { 3, 0 };
	struct fixture *f = *state;
	char text[64], secret[64];

	snprintf(secret, sizeof(secret), "%s%s", "FAKETOKEN",
		 "0123456789abcdef\n");
	assert_int_equal(strlen(secret), strlen(CLEAN));
	put_file(f->ws, "file", CLEAN);
	age(f, "file");
	nanosleep(&racy, NULL);
	serve(f);
	read_file(f, "file", text);
	assert_string_equal(text, CLEAN);
	serve(f);
	read_file(f, "file", text);
	assert_string_equal(text, CLEAN);
	/* the same size and time of change */
	put_file(f->ws, "file", secret);
	age(f, "file");
	serve(f);
	read_file(f, "file", text);
	assert_null(strstr(text, "0123456789abcdef"));
	assert_int_equal(strlen(text), strlen(CLEAN));
}

/*
 * A file that is written to through a mapping: what the kernel has not yet put on
 * disk can be changed again without another time of change. tmpfs never notes it.
 */
static void test_a_mapped_file_that_changed_is_judged(void **state)
{
	struct fixture *f = *state;
	char text[64], secret[64], path[160];
	struct statfs fs;
	struct node *n;
	char *map;
	int fd;

	snprintf(secret, sizeof(secret), "%s%s", "FAKETOKEN",
		 "0123456789abcdef\n");
	put_file(f->ws, "file", CLEAN);
	snprintf(path, sizeof(path), "%s/file", f->ws);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0 && !fstatfs(fd, &fs));
	map = mmap(NULL, strlen(CLEAN), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	assert_true(map != MAP_FAILED);
	serve(f);
	n = at(f, "file");	/* as the kernel keeps it, with the verdict */
	for (int i = 0; i < 3 && fs.f_type != 0x01021994; i++) {
		memcpy(map, CLEAN, strlen(CLEAN));
		read_file(f, "file", text);
		assert_string_equal(text, CLEAN);
		memcpy(map, secret, strlen(secret));
		read_file(f, "file", text);
		assert_null(strstr(text, "0123456789abcdef"));
	}
	layer_forget(f->l, n, 1);
	munmap(map, strlen(CLEAN));
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_known_file_that_changed_is_judged, layer_setup,
			layer_teardown),
		cmocka_unit_test_setup_teardown(
			test_a_mapped_file_that_changed_is_judged, layer_setup,
			layer_teardown),
	};
	char cache[] = "/tmp/scrim-view-XXXXXX";
	int r;

	if (!mkdtemp(cache))
		return 1;
	setenv("XDG_CACHE_HOME", cache, 1);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	io_remove_tree(AT_FDCWD, cache);
	return r;
}
