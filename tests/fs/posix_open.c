/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening, creating, appending, and files without a name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "obs.h"

static void open_errors(void)
{
	TRY(open("f", O_RDONLY | O_DIRECTORY));
	TRY(open("f", O_CREAT | O_EXCL | O_RDWR, 0644));
	TRY(open("l", O_CREAT | O_EXCL | O_RDWR, 0644));
	TRY(open("dang", O_CREAT | O_EXCL | O_RDWR, 0644));
	TRY(open("dang", O_RDONLY));
	TRY(open("dang", O_CREAT | O_RDWR, 0644));
	obs_show("nowhere");
	TRY(open("l", O_RDONLY | O_NOFOLLOW));
	TRY(open("loop", O_RDONLY));
	TRY(open("d", O_RDONLY));
	TRY(open("d", O_WRONLY));
	TRY(open("d", O_RDWR));
	TRY(open("d", O_RDONLY | O_CREAT, 0644));
	TRY(open("d", O_RDONLY | O_TRUNC));
	TRY(open("ld", O_RDONLY | O_DIRECTORY));
	TRY(open("ld", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
	TRY(open("absent", O_RDONLY));
	TRY(open("absent/x", O_CREAT | O_RDWR, 0644));
	TRY(open("f/x", O_RDONLY));
	TRY(open("f/x", O_CREAT | O_RDWR, 0644));
	TRY(open("f/", O_RDONLY));
	TRY(open("new/", O_CREAT | O_RDWR, 0644));
	TRY(open("", O_RDONLY));
	TRY(open("d/../f", O_RDONLY));
	TRY(open("f/../f", O_RDONLY));
	TRY(open("e/../absent", O_RDONLY));
}

static void open_rights(void)
{
	char c;
	int fd = open("f", O_RDONLY);

	TRY(write(fd, "x", 1));
	TRY(ftruncate(fd, 1));
	NUM(read(fd, &c, 1));
	close(fd);
	fd = open("f", O_WRONLY);
	NUM(read(fd, &c, 1));
	NUM(pwrite(fd, "Y", 1, 3));
	close(fd);
	fd = open("f", O_PATH);
	NUM(read(fd, &c, 1));
	TRY(fchmod(fd, 0600));
	obs_showfd("path descriptor", fd);
	close(fd);
	fd = open("d", O_RDONLY);
	NUM(read(fd, &c, 1));
	TRY(ftruncate(fd, 0));
	close(fd);
	obs_show("f");
}

static void open_create_modes(void)
{
	static const mode_t masks[] = { 0, 022, 077, 0777, 0123 };
	static const mode_t modes[] = { 0, 0444, 0600, 0644, 0777, 04755,
					02755, 01644, 07777 };
	char name[32];
	size_t i, j;
	int fd;

	for (i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		umask(masks[i]);
		for (j = 0; j < sizeof(modes) / sizeof(*modes); j++) {
			snprintf(name, sizeof(name), "m%zu%zu", i, j);
			fd = open(name, O_CREAT | O_EXCL | O_RDWR, modes[j]);
			obs_showfd(name, fd);
			NUM(write(fd, "abc", 3));
			close(fd);
			snprintf(name, sizeof(name), "d%zu%zu", i, j);
			TRY(mkdir(name, modes[j]));
			obs_show(name);
			snprintf(name, sizeof(name), "p%zu%zu", i, j);
			TRY(mkfifo(name, modes[j]));
			obs_show(name);
		}
	}
}

static void open_setgid_dir(void)
{
	umask(022);
	TRY(close(open("sg/f", O_CREAT | O_RDWR, 02775)));
	obs_show("sg/f");
	TRY(mkdir("sg/d", 0755));
	obs_show("sg/d");
	TRY(mkdir("sg/d/d", 0700));
	obs_show("sg/d/d");
	TRY(symlink("x", "sg/l"));
	TRY(mkfifo("sg/p", 0644));
	obs_show("sg/p");
	TRY(rename("f", "sg/moved"));
	obs_show("sg/moved");
}

static void open_setgid_group(void)
{
	TRY(chown("sg", 0, 1234));
	TRY(chmod("sg", 02777));
	obs_become(4321, 4321);
	TRY(close(open("sg/f", O_CREAT | O_RDWR, 02775)));
	TRY(mkdir("sg/d", 0755));
	TRY(symlink("x", "sg/l"));
	obs_back();
	obs_tree("sg");
}

static void open_trunc(void)
{
	struct obs_was w;

	obs_before(&w, "f");
	TRY(close(open("f", O_WRONLY | O_TRUNC)));
	obs_after(&w, "O_TRUNC");
	obs_show("f");
	obs_before(&w, "z");
	TRY(close(open("z", O_WRONLY | O_TRUNC)));
	obs_after(&w, "O_TRUNC of an empty file");
	TRY(close(open("big", O_RDONLY | O_TRUNC)));
	obs_show("big");
	TRY(close(open("l", O_WRONLY | O_CREAT | O_TRUNC, 0600)));
	obs_show("l");
	TRY(close(open("h2", O_WRONLY | O_TRUNC)));
	obs_show("h1");
	obs_show("d/h3");
}

static void open_append(void)
{
	int a = open("f", O_WRONLY | O_APPEND), b = open("f", O_RDWR | O_APPEND);

	NUM(write(a, "one", 3));
	NUM(write(b, "two", 3));
	NUM(write(a, "three", 5));
	NUM(lseek(a, 0, SEEK_CUR));
	NUM(pwrite(b, "four", 4, 0));
	NUM(lseek(b, 0, SEEK_SET));
	NUM(write(b, "five", 4));
	TRY(ftruncate(b, 10));
	NUM(write(a, "six", 3));
	obs_show("f");
	close(a);
	close(b);
}

static void append_lines(void)
{
	char line[100];
	int i, fd = open("f", O_WRONLY | O_APPEND);

	memset(line, 'a' + getpid() % 20, sizeof(line));
	line[99] = '\n';
	for (i = 0; i < 200; i++)
		if (write(fd, line, sizeof(line)) != sizeof(line))
			_exit(1);
}

/* Lines of many writers must be whole and none may be lost. */
static void open_append_many(void)
{
	char line[100];
	int i, whole = 0, fd, st;

	TRY(truncate("f", 0));
	for (i = 0; i < 4; i++)
		if (!fork()) {
			append_lines();
			_exit(0);
		}
	for (i = 0; i < 4; i++) {
		wait(&st);
		obs_note("writer %d", st);
	}
	fd = open("f", O_RDONLY);
	while (read(fd, line, sizeof(line)) == sizeof(line)) {
		for (i = 1; i < 99 && line[i] == line[0]; i++)
			;
		whole += i == 99 && line[99] == '\n';
	}
	obs_note("%d whole lines", whole);
	NUM(lseek(fd, 0, SEEK_END));
}

static void open_unlinked(void)
{
	struct stat st;
	char path[64];
	int fd = open("f", O_RDWR), ro = open("ro", O_RDONLY);

	TRY(unlink("f"));
	TRY(unlink("ro"));
	obs_showfd("unlinked", fd);
	obs_showfd("unlinked, read only", ro);
	obs_show("f");
	NUM(pwrite(fd, "later", 5, 20));
	TRY(ftruncate(fd, 30));
	TRY(fchmod(fd, 0600));
	TRY(fchmod(ro, 0400));
	obs_showfd("changed", fd);
	obs_showfd("changed", ro);
	TRY(fsync(fd));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(linkat(AT_FDCWD, path, AT_FDCWD, "back", AT_SYMLINK_FOLLOW));
	TRY(close(open("f", O_CREAT | O_EXCL | O_WRONLY, 0644)));
	NUM(pwrite(fd, "more", 4, 0));
	obs_show("f");
	obs_showfd("after a new f", fd);
	fstat(fd, &st);
	obs_note("nlink %lu", (unsigned long)st.st_nlink);
	close(fd);
	obs_show("f");
	close(ro);
}

static void open_replaced(void)
{
	int fd = open("f", O_RDWR);

	TRY(rename("g", "f"));
	obs_showfd("replaced", fd);
	NUM(pwrite(fd, "old", 3, 0));
	obs_showfd("replaced", fd);
	obs_show("f");
	obs_show("g");
	close(fd);
}

static void open_removed_dir(void)
{
	int fd = open("e", O_RDONLY | O_DIRECTORY), up;
	DIR *d;

	TRY(rmdir("e"));
	obs_showfd("removed", fd);
	TRY(openat(fd, "x", O_CREAT | O_RDWR, 0644));
	TRY(mkdirat(fd, "x", 0755));
	TRY(symlinkat("x", fd, "y"));
	TRY(renameat(AT_FDCWD, "f", fd, "f"));
	TRY(linkat(AT_FDCWD, "f", fd, "f", 0));
	TRY(fchmod(fd, 0700));
	TRY(up = openat(fd, "..", O_RDONLY));
	d = fdopendir(fd);
	NUM(d && readdir(d) ? 1 : 0);
	TRY(mkdir("e", 0755));
	TRY(openat(fd, "x", O_CREAT | O_RDWR, 0644));
	obs_tree("e");
	close(up);
}

static void open_tmpfile(void)
{
	char path[64];
	int fd;

	if (getenv("NO_TMPFILE"))
		return;
	fd = TRY(open(".", O_TMPFILE | O_RDWR, 0640));
	obs_showfd("tmpfile", fd);
	NUM(write(fd, "content", 7));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(linkat(AT_FDCWD, path, AT_FDCWD, "f", AT_SYMLINK_FOLLOW));
	TRY(linkat(AT_FDCWD, path, AT_FDCWD, "born", AT_SYMLINK_FOLLOW));
	obs_showfd("tmpfile", fd);
	NUM(write(fd, " and more", 9));
	obs_show("born");
	close(fd);
	fd = TRY(open("d", O_TMPFILE | O_WRONLY | O_EXCL, 0600));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(linkat(AT_FDCWD, path, AT_FDCWD, "excl", AT_SYMLINK_FOLLOW));
	close(fd);
	TRY(open("d", O_TMPFILE | O_RDONLY, 0600));
	TRY(open("f", O_TMPFILE | O_RDWR, 0600));
	obs_tree("d");
}

/* A descriptor of a place only, and calls that take it for a name. */
static void open_path(void)
{
	struct stat st;
	char path[64], text[16];
	int fd = TRY(open("f", O_PATH)), link = TRY(open("l", O_PATH | O_NOFOLLOW));
	int dir = TRY(open("d", O_PATH | O_DIRECTORY));

	NUM(read(fd, text, 4));
	TRY(fchmod(fd, 0600));
	TRY(ftruncate(fd, 0));
	TRY(fstatat(fd, "", &st, AT_EMPTY_PATH));
	TRY(faccessat(fd, "", R_OK, AT_EMPTY_PATH));
	TRY(fchownat(fd, "", (uid_t)-1, (gid_t)-1, AT_EMPTY_PATH));
	TRY(linkat(fd, "", AT_FDCWD, "by-fd", AT_EMPTY_PATH | AT_SYMLINK_FOLLOW));
	NUM(readlinkat(link, "", text, sizeof(text)));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(chmod(path, 0640));
	TRY(rename("f", "moved"));
	TRY(linkat(AT_FDCWD, path, dir, "second", AT_SYMLINK_FOLLOW));
	NUM(write(TRY(open(path, O_WRONLY | O_APPEND)), "more", 4));
	TRY(unlinkat(dir, "second", 0));
	TRY(unlink("moved"));
	obs_showfd("of what was removed", fd);
	TRY(linkat(AT_FDCWD, path, AT_FDCWD, "again", AT_SYMLINK_FOLLOW));
	TRY(openat(dir, "new", O_CREAT | O_EXCL | O_WRONLY, 0600));
	TRY(mkdirat(dir, "newdir", 0700));
	TRY(symlinkat("t", dir, "newlink"));
	TRY(fchdir(dir));
	TRY(rename("new", "../out"));
	obs_tree("..");
}

static void run_busy(void)
{
	execl("./x", "x", (char *)NULL);
	obs_note("exec -> %s", obs_errno(errno));
}

static void open_text_busy(void)
{
	int fd = open("x", O_RDWR);

	TRY(ftruncate(fd, 0));
	NUM(write(fd, "#!/bin/sh\nexit 7\n", 17));
	NUM(obs_child(run_busy));
	close(fd);
	NUM(obs_child(run_busy));
	TRY(chmod("x", 0644));
	NUM(obs_child(run_busy));
}

const struct obs_case open_cases[] = {
	{ "open_errors", 0, open_errors, NULL },
	{ "open_rights", 0, open_rights, NULL },
	{ "open_create_modes", 0, open_create_modes, NULL },
	{ "open_setgid_dir", 0, open_setgid_dir, NULL },
	{ "open_setgid_group", OBS_ROOT, open_setgid_group, NULL },
	{ "open_trunc", 0, open_trunc, NULL },
	{ "open_append", 0, open_append, NULL },
	{ "open_append_many", 0, open_append_many, NULL },
	{ "open_unlinked", 0, open_unlinked, NULL },
	{ "open_replaced", 0, open_replaced, NULL },
	{ "open_removed_dir", 0, open_removed_dir, NULL },
	{ "open_path", 0, open_path, NULL },
	{ "open_tmpfile", 0, open_tmpfile, NULL },
	{ "open_text_busy", 0, open_text_busy, NULL },
	{ NULL, 0, NULL, NULL },
};
