/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times, extended attributes, identity, FIFOs and sockets. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "obs.h"

static void note_times(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		obs_note("%s: %s", path, obs_errno(errno));
	else if (S_ISLNK(st.st_mode))	/* following one reads it */
		obs_note("%s: mtime %lld.%09ld", path,
			 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	else
		obs_note("%s: mtime %lld.%09ld atime %lld.%09ld", path,
			 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			 (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec);
}

static void set_times(const char *path, long long a, long an, long long m,
		      long mn, int flags)
{
	struct timespec t[2] = { { a, an }, { m, mn } };

	TRY(utimensat(AT_FDCWD, path, t, flags));
	note_times(path);
}

static void meta_utimens(void)
{
	struct obs_was w;
	struct timespec both[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	int fd = open("f", O_RDWR);

	note_times("f");
	note_times("d");
	note_times("l");
	set_times("f", 1, 2, 3, 4, 0);
	set_times("f", 1000000000, 999999999, 2000000000, 1, 0);
	set_times("f", 5, UTIME_OMIT, 7, 8, 0);
	set_times("f", 9, 10, 11, UTIME_OMIT, 0);
	set_times("f", -5, 0, -100000, 7, 0);
	set_times("f", 4102444800LL, 5, 5000000000LL, 6, 0);
	set_times("f", 1, 1000000000, 1, 0, 0);
	set_times("d", 1, 2, 3, 4, 0);
	set_times("l", 1, 2, 3, 4, AT_SYMLINK_NOFOLLOW);
	set_times("l", 21, 22, 23, 24, 0);
	note_times("f");
	set_times("dang", 1, 2, 3, 4, 0);
	set_times("p", 1, 2, 3, 4, 0);
	set_times("h2", 41, 42, 43, 44, 0);
	note_times("h1");
	note_times("d/h3");
	obs_before(&w, "f");
	TRY(futimens(fd, both));
	obs_after(&w, "both omitted");
	TRY(futimens(fd, NULL));
	obs_after(&w, "now");
	close(fd);
}

static void meta_times(void)
{
	struct obs_was w, p;
	char buf[100];
	int fd = open("f", O_RDWR);

	obs_before(&w, "f");
	NUM(pread(fd, buf, 100, 0));
	obs_after(&w, "read");
	TRY(chmod("f", 0600));
	obs_after(&w, "chmod");
	obs_before(&w, "f");
	TRY(chmod("f", 0600));
	obs_after(&w, "chmod to the same");
	obs_before(&w, "f");
	TRY(chown("f", -1, getgid()));
	obs_after(&w, "chown");
	obs_before(&w, "f");
	TRY(chown("f", -1, -1));
	obs_after(&w, "chown of nothing");
	obs_before(&w, "f");
	NUM(pwrite(fd, "x", 1, 0));
	obs_after(&w, "write");
	obs_before(&w, "f");
	TRY(ftruncate(fd, 10000));
	obs_after(&w, "ftruncate to the same");
	obs_before(&w, "f");
	TRY(setxattr("f", "user.a", "v", 1, 0));
	obs_after(&w, "setxattr");
	obs_before(&w, "f");
	TRY(removexattr("f", "user.a"));
	obs_after(&w, "removexattr");
	obs_before(&w, "f");
	obs_before(&p, "d");
	TRY(rename("f", "d/f"));
	w.path = "d/f";
	obs_after(&w, "rename");
	obs_after(&p, "rename into");
	obs_before(&p, "d");
	obs_before(&w, "d/s");
	TRY(close(open("d/s/new", O_CREAT | O_WRONLY, 0644)));
	obs_after(&w, "create in");
	obs_after(&p, "create below");
	obs_before(&w, "d/s");
	TRY(unlink("d/s/new"));
	obs_after(&w, "unlink in");
	obs_before(&w, "d/s");
	NUM(pwrite(open("d/s/c", O_WRONLY), "x", 1, 0));
	obs_after(&w, "write below");
	close(fd);
}

static void note_list(const char *path)
{
	char buf[2048];
	ssize_t i, n = llistxattr(path, buf, sizeof(buf));
	uint64_t sum = 0;

	if (n < 0) {
		obs_ret("llistxattr", n);
		return;
	}
	/* The order is free. */
	for (i = 0; i < n; i += (ssize_t)strlen(buf + i) + 1)
		sum += obs_hash(buf + i, strlen(buf + i), OBS_HASH_INIT);
	obs_note("%s: list of %zd bytes, %016llx", path, n,
		 (unsigned long long)sum);
}

static void meta_xattr(void)
{
	char buf[3000] = "";
	int fd = open("f", O_RDONLY);

	note_list("f");
	NUM(getxattr("f", "user.none", buf, 10));
	TRY(setxattr("f", "user.a", "value", 5, XATTR_REPLACE));
	TRY(setxattr("f", "user.a", "value", 5, XATTR_CREATE));
	TRY(setxattr("f", "user.a", "other", 5, XATTR_CREATE));
	TRY(setxattr("f", "user.a", "others", 6, XATTR_REPLACE));
	NUM(getxattr("f", "user.a", buf, 3));
	NUM(getxattr("f", "user.a", NULL, 0));
	NUM(getxattr("f", "user.a", buf, 100));
	obs_note("%.6s", buf);
	TRY(fsetxattr(fd, "user.empty", "", 0, 0));
	NUM(fgetxattr(fd, "user.empty", buf, 100));
	TRY(setxattr("f", "user.big", buf, 2000, 0));
	NUM(getxattr("f", "user.big", buf, 3000));
	note_list("f");
	NUM(listxattr("f", buf, 3));
	NUM(listxattr("f", NULL, 0));
	TRY(removexattr("f", "user.none"));
	TRY(removexattr("f", "user.a"));
	NUM(getxattr("f", "user.a", buf, 100));
	TRY(setxattr("d", "user.dir", "v", 1, 0));
	note_list("d");
	TRY(lsetxattr("l", "user.link", "v", 1, 0));
	TRY(setxattr("p", "user.fifo", "v", 1, 0));
	TRY(setxattr("f", "user.", "v", 1, 0));
	TRY(setxattr("f", "nospace", "v", 1, 0));
	TRY(setxattr("f", "other.x", "v", 1, 0));
	TRY(setxattr("absent", "user.a", "v", 1, 0));
	TRY(setxattr("h1", "user.h", "v", 1, 0));
	NUM(getxattr("d/h3", "user.h", buf, 10));
	TRY(rename("f", "g"));
	note_list("g");
	obs_show("g");
	close(fd);
}

/* Any bytes but NUL may be in the name of an attribute. */
static void meta_xattr_names(void)
{
	static const char *const odd[] = {
		"user.a/b", "user./", "user..", "user.\xff\n", "user. ",
	};
	char name[400], value[8];

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		TRY(setxattr("f", odd[i], "v", 1, XATTR_CREATE));
		NUM(getxattr("f", odd[i], value, sizeof(value)));
		TRY(setxattr("d", odd[i], "v", 1, 0));
	}
	memset(name, 'n', sizeof(name));
	memcpy(name, "user.", 5);
	name[255] = '\0';
	TRY(setxattr("f", name, "v", 1, 0));
	note_list("f");
	note_list("d");
	name[255] = 'n';
	name[256] = '\0';
	TRY(setxattr("f", name, "v", 1, 0));
	NUM(getxattr("f", name, value, sizeof(value)));
	TRY(removexattr("f", odd[0]));
	note_list("f");
}

static int is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* Whatever is changed later must not be older: make(1) goes by that. */
static void meta_order(void)
{
	struct timespec last = { 0, 0 };
	const char *path = "f";
	char name[32];
	struct stat st;
	int i, back = 0, fd = open("f", O_RDWR);

	for (i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		path = i % 3 ? name : "f";
		if (i % 3 == 0 ? pwrite(fd, "x", 1, i) != 1 :
		    i % 3 == 1 ? symlink("x", name) : mkdir(name, 0755))
			break;
		if (lstat(path, &st))
			break;
		back += is_before(&st.st_mtim, &last);
		last = st.st_mtim;
	}
	obs_note("%d changes, %d of them older than the one before", i, back);
	close(fd);
}

static void meta_identity(void)
{
	struct obs_was w, h;
	struct stat a, b;
	int fd = open("f", O_RDONLY);

	obs_before(&w, "f");
	NUM(pwrite(open("f", O_WRONLY), "x", 1, 0));
	obs_after(&w, "first write");
	obs_before(&h, "h1");
	TRY(chmod("h2", 0600));
	obs_after(&h, "chmod of the other name");
	NUM(write(open("d/h3", O_WRONLY), "x", 1));
	obs_after(&h, "write to the third");
	stat("h1", &a);
	stat("d/h3", &b);
	obs_note("links are %s", a.st_ino == b.st_ino && a.st_dev == b.st_dev ?
		 "one" : "TWO");
	fstat(fd, &a);
	stat("f", &b);
	obs_note("descriptor is %s", a.st_ino == b.st_ino ? "the file" :
		 "ANOTHER");
	obs_before(&w, "g");
	TRY(rename("g", "d/g"));
	w.path = "d/g";
	obs_after(&w, "rename");
	obs_before(&w, "d");
	TRY(close(open("d/new", O_CREAT | O_RDWR, 0600)));
	obs_after(&w, "create in it");
	stat("d/new", &a);
	stat("d/g", &b);
	obs_note("a new file is %s", a.st_ino != b.st_ino ? "new" : "OLD");
	stat(".", &b);
	obs_note("one device: %s", a.st_dev == b.st_dev ? "yes" : "NO");
	close(fd);
}

static void fifo_writer(void)
{
	int fd = open("p", O_WRONLY);

	if (write(fd, "through the pipe", 16) != 16)
		_exit(1);
}

static void meta_fifo(void)
{
	char buf[32] = "";
	int fd;

	TRY(open("p", O_WRONLY | O_NONBLOCK));
	if (!fork()) {
		fifo_writer();
		_exit(0);
	}
	fd = open("p", O_RDONLY);
	NUM(read(fd, buf, sizeof(buf)));
	obs_note("%s", buf);
	close(fd);
	TRY(chmod("p", 0600));
	TRY(rename("p", "d/p"));
	obs_show("d/p");
}

static void meta_socket(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "sock" };
	struct sockaddr_un f = { .sun_family = AF_UNIX, .sun_path = "f" };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	int c = socket(AF_UNIX, SOCK_STREAM, 0);

	TRY(bind(s, (struct sockaddr *)&f, sizeof(f)));
	TRY(bind(s, (struct sockaddr *)&a, sizeof(a)));
	obs_show("sock");
	TRY(connect(c, (struct sockaddr *)&a, sizeof(a)));
	TRY(listen(s, 1));
	TRY(connect(c, (struct sockaddr *)&a, sizeof(a)));
	NUM(send(c, "hello", 5, 0));
	TRY(open("sock", O_RDONLY));
	TRY(connect(c, (struct sockaddr *)&f, sizeof(f)));
	TRY(unlink("sock"));
	close(s);
	close(c);
}

const struct obs_case meta_cases[] = {
	{ "meta_utimens", 0, meta_utimens, NULL },
	{ "meta_times", 0, meta_times, NULL },
	{ "meta_xattr", 0, meta_xattr, NULL },
	{ "meta_xattr_names", 0, meta_xattr_names, NULL },
	{ "meta_order", 0, meta_order, NULL },
	{ "meta_identity", 0, meta_identity, NULL },
	{ "meta_fifo", 0, meta_fifo, NULL },
	{ "meta_socket", 0, meta_socket, NULL },
	{ NULL, 0, NULL, NULL },
};
