/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loss of power: a child works on a session and is ended at every Nth call that
 * changes anything. fsync and its like note what is on the disk from then on.
 * Then disks are made as they may be afterwards:
 *
 *	KEPT		all is there (the process was killed, no more)
 *	NO_DATA		names are there, content only as far as it was synced
 *	NO_NAMES	neither but what was synced
 *
 * From each the session must come back: check_repair leaves nothing to find, and
 * all that was synced is there. POWERLOSS_STEP=1 tries each call.
 */
#include "layer_fixture.c"

#include <dirent.h>
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "session/check.h"
#include "session/snapshot.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define FILES 6
#define VERSIONS 64

enum disk { KEPT, NO_DATA, NO_NAMES, DISKS };

/* Shared by the child and us. */
struct record {
	long calls, end_at;	/* end_at 0: never */
	int on;
	int written[FILES];	/* version of each file that was begun */
	int synced[FILES];	/* and the last that was promised to stay */
	char durable[96];	/* where synced content and names are kept */
};
static struct record *rec;

/* ========== the disk ========== */

static void copy_to(int from, const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char chunk[4096];
	off_t off = 0;
	ssize_t n;

	while ((n = pread(from, chunk, sizeof(chunk), off)) > 0) {
		if (write(to, chunk, (size_t)n) != n)
			abort();
		off += n;
	}
	close(to);
}

static void note_names(int fd, const char *path)
{
	FILE *f = fopen(path, "w");
	DIR *d = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *e;

	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			fprintf(f, "%llu %d %s\n", (unsigned long long)e->d_ino,
				e->d_type == DT_DIR, e->d_name);
	closedir(d);
	fclose(f);
}

static void note_synced(int fd)
{
	int on = rec ? rec->on : 0;
	struct stat st;
	char path[160];

	if (!on || fstat(fd, &st))
		return;
	rec->on = 0;
	snprintf(path, sizeof(path), "%s/%llu", rec->durable,
		 (unsigned long long)st.st_ino);
	if (S_ISDIR(st.st_mode))
		note_names(fd, path);
	else if (S_ISREG(st.st_mode))
		copy_to(fd, path);
	rec->on = on;
}

static void note_tree(int fd)
{
	DIR *d = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *e;

	note_synced(fd);
	while ((e = readdir(d))) {
		int at;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		at = openat(fd, e->d_name, O_RDONLY | O_NOFOLLOW);
		if (at < 0)
			continue;
		if (e->d_type == DT_DIR)
			note_tree(at);
		else
			note_synced(at);
		close(at);
	}
	closedir(d);
}

static void call(void)
{
	if (rec && rec->on && ++rec->calls == rec->end_at)
		_exit(9);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd)
{
	call();
	note_synced(fd);
	return 0;
}

int fdatasync(int fd)
{
	call();
	note_synced(fd);
	return 0;
}

/* The tests' file systems hold nothing else that matters. */
int syncfs(int fd)
{
	int top;

	call();
	if (!rec || !rec->on)
		return 0;
	top = openat(fd, "../..", O_RDONLY | O_DIRECTORY);
	note_tree(top);
	close(top);
	return 0;
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off64_t off)
{
	call();
	return REAL(pwrite64)(fd, buf, n, off);
}

int renameat(int a, const char *from, int b, const char *to)
{
	call();
	return REAL(renameat)(a, from, b, to);
}

int unlinkat(int fd, const char *name, int flags)
{
	call();
	return REAL(unlinkat)(fd, name, flags);
}

int linkat(int a, const char *from, int b, const char *to, int flags)
{
	call();
	return REAL(linkat)(a, from, b, to, flags);
}

int mkdirat(int fd, const char *name, mode_t mode)
{
	call();
	return REAL(mkdirat)(fd, name, mode);
}

int ftruncate64(int fd, off64_t len)
{
	call();
	return REAL(ftruncate64)(fd, len);
}

/* ========== the work ========== */

static void content(char *out, size_t size, int file, int version)
{
	snprintf(out, size, "file %d version %d %0200d\n", file, version,
		 version);
}

static void put_version(struct fixture *f, int i)
{
	char name[16], text[300];

	snprintf(name, sizeof(name), "f%d", i);
	if (!exists(f, name))
		assert_int_equal(make(f, "", name, S_IFREG | 0644), 0);
	content(text, sizeof(text), i, ++rec->written[i]);
	write_at(f, name, text, 0);
}

static void sync_file(struct fixture *f, int i)
{
	char name[16];
	struct node *n;

	snprintf(name, sizeof(name), "f%d", i);
	n = at(f, name);
	assert_int_equal(layer_fsync(f->l, n, 1), 0);
	layer_forget(f->l, n, 1);
	rec->synced[i] = rec->written[i];
}

static void work(struct fixture *f)
{
	struct err err = ERR_INIT;
	unsigned seed = 1;
	char snap[16];

	for (int i = 0; i < 60; i++) {
		int at = rand_r(&seed) % FILES;

		put_version(f, at);
		if (rand_r(&seed) % 2)
			sync_file(f, at);
		if (i % 12 == 5) {
			snprintf(snap, sizeof(snap), "s%d", i);
			assert_int_equal(layer_snapshot(f->l, snap, &err), 0);
		}
		if (i % 20 == 10) {
			make(f, "", "d", S_IFDIR | 0755);
			make(f, "d", "x", S_IFREG | 0644);
			take_away(f, "d", "x", 0);
			write_at(f, "plain", "J", 0);
		}
		if (i % 30 == 15)
			assert_int_equal(snapshot_remove(f->s, snap, &err), 0);
	}
}

/* ========== the disk as it is afterwards ========== */

static void put_back(const char *from, int to, const char *name)
{
	int in = open(from, O_RDONLY);
	int out = openat(to, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(out >= 0);
	if (in >= 0)
		assert_int_equal(io_copy(in, out), 0);
	close(out);
	if (in >= 0)
		close(in);
}

static void durable_path(char *out, size_t size, unsigned long long ino)
{
	snprintf(out, size, "%s/%llu", rec->durable, ino);
}

static void restore_names(unsigned long long ino, int to)
{
	unsigned long long kid;
	char path[160], name[256];
	int is_dir, sub;
	FILE *f;

	durable_path(path, sizeof(path), ino);
	f = fopen(path, "r");
	while (f && fscanf(f, "%llu %d %255[^\n]", &kid, &is_dir, name) == 3) {
		if (is_dir) {
			assert_int_equal(mkdirat(to, name, 0700), 0);
			sub = openat(to, name, O_RDONLY | O_DIRECTORY);
			restore_names(kid, sub);
			close(sub);
		} else {
			durable_path(path, sizeof(path), kid);
			put_back(path, to, name);
		}
	}
	if (f)
		fclose(f);
}

static void restore_data(int from, int to)
{
	DIR *d = fdopendir(openat(from, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *e;
	char path[160];

	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (e->d_type == DT_DIR) {
			int a = openat(from, e->d_name, O_RDONLY | O_DIRECTORY);
			int b;

			assert_int_equal(mkdirat(to, e->d_name, 0700), 0);
			b = openat(to, e->d_name, O_RDONLY | O_DIRECTORY);
			restore_data(a, b);
			close(a);
			close(b);
		} else if (e->d_type == DT_REG) {
			durable_path(path, sizeof(path), e->d_ino);
			put_back(path, to, e->d_name);
		}
	}
	closedir(d);
}

/* The session's directory is replaced by what the disk has of it. */
static void lose_power(struct fixture *f, enum disk disk)
{
	int place = openat(f->s->fd, "..", O_RDONLY | O_DIRECTORY), old, to;
	struct stat st;

	if (disk == KEPT) {
		close(place);
		return;
	}
	old = openat(f->s->fd, ".", O_RDONLY | O_DIRECTORY);
	assert_int_equal(fstat(old, &st), 0);
	assert_int_equal(renameat(place, f->s->id, place, ".old"), 0);
	assert_int_equal(mkdirat(place, f->s->id, 0700), 0);
	to = openat(place, f->s->id, O_RDONLY | O_DIRECTORY);
	if (disk == NO_NAMES)
		restore_names(st.st_ino, to);
	else
		restore_data(old, to);
	close(old);
	close(f->s->fd);
	f->s->fd = to;
	io_remove_tree(place, ".old");
	close(place);
}

static int version_of(struct fixture *f, int i)
{
	char name[16], got[400] = "", want[300];
	struct node *n;

	snprintf(name, sizeof(name), "f%d", i);
	if (!exists(f, name))
		return 0;
	n = at(f, name);
	assert_true(layer_read(f->l, &me, n, got, sizeof(got) - 1, 0) >= 0);
	layer_forget(f->l, n, 1);
	for (int v = rec->written[i]; v > 0; v--) {
		content(want, sizeof(want), i, v);
		if (!strcmp(got, want))
			return v;
	}
	return 0;
}

static void check_session(struct fixture *f, enum disk disk)
{
	struct check c = CHECK_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(session_lock(f->s, &err), 0);
	assert_int_equal(check_look(&c, f->s, 1, &err), 0);
	if (c.n)
		assert_int_equal(check_repair(f->s, &err), 0);
	check_release(&c);
	assert_int_equal(check_look(&c, f->s, 1, &err), 0);
	for (size_t i = 0; i < c.n; i++)
		print_error("%s: %s\n", c.at[i].part, c.at[i].what);
	assert_int_equal(c.n, 0);
	check_release(&c);
	open_layer(f);
	for (int i = 0; i < FILES; i++) {
		int v = version_of(f, i);

		if (v < rec->synced[i])
			fail_msg("disk %d, call %ld: f%d is version %d, %d was"
				 " synced", (int)disk, rec->end_at, i, v,
				 rec->synced[i]);
	}
	layer_close(f->l);
	policy_free(f->p);
	f->l = NULL;
	f->p = NULL;
}

static void make_fixture(struct fixture *f)
{
	snprintf(f->top, sizeof(f->top), "/tmp/scrim-power-XXXXXX");
	assert_non_null(mkdtemp(f->top));
	snprintf(f->ws, sizeof(f->ws), "%s/ws", f->top);
	snprintf(f->state, sizeof(f->state), "%s/state", f->top);
	snprintf(rec->durable, sizeof(rec->durable), "%s/durable", f->top);
	put_dir(f->top, "ws");
	put_dir(f->top, "state");
	put_dir(f->top, "durable");
	put_file(f->ws, "plain", "hello\n");
}

static void child(struct fixture *f, long end_at)
{
	struct err err = ERR_INIT;

	rec->end_at = end_at;
	assert_int_equal(session_create(&f->s, f->state, f->ws, "p", &err), 0);
	/* a session that was made is there; session_create sees to that */
	rec->on = 1;
	note_tree(f->s->fd);
	open_layer(f);
	work(f);
	layer_close(f->l);
	_exit(0);
}

/* 1 where the work came to its end. */
static int one_loss(long end_at, enum disk disk)
{
	struct fixture f = { .s = NULL };
	struct session_where where = { f.state, "p", NULL };
	struct err err = ERR_INIT;
	int status;
	pid_t pid;

	memset(rec, 0, sizeof(*rec));
	make_fixture(&f);
	pid = fork();
	if (!pid)
		child(&f, end_at);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rec->on = 0;
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 9 || !WEXITSTATUS(status));
	assert_int_equal(session_open(&f.s, &where, &err), 0);
	lose_power(&f, disk);
	check_session(&f, disk);
	session_close(f.s);
	io_remove_tree(AT_FDCWD, f.top);
	return !WEXITSTATUS(status);
}

static void test_powerloss_at_many_calls(void **state)
{
	const char *text = getenv("POWERLOSS_STEP");
	long step = text ? strtol(text, NULL, 10) : 23, n = 0, tried = 0;

	for (int disk = 0; disk < DISKS; disk++)
		for (n = 1 + disk; !one_loss(n, disk); n += step)
			tried++;
	print_message("# %ld losses of power survived, over %ld calls\n", tried,
		      rec->calls);
	assert_true(tried > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_powerloss_at_many_calls),
	};

	rec = mmap(NULL, sizeof(*rec), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return rec == MAP_FAILED ||
	       cmocka_run_group_tests(tests, NULL, NULL);
}
