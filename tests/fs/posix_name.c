/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names: long, odd, deep. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "obs.h"

static const char *repeat(char c, size_t n)
{
	static char bufs[4][8192];
	static int next;
	char *b = bufs[next++ % 4];

	memset(b, c, n);
	b[n] = '\0';
	return b;
}

static void all_calls(const char *n)
{
	struct stat st;
	char c;

	TRY(close(open(n, O_CREAT | O_EXCL | O_RDWR, 0644)));
	TRY(lstat(n, &st));
	TRY(chmod(n, 0600));
	TRY(truncate(n, 5));
	TRY(link(n, "second"));
	TRY(unlink("second"));
	TRY(rename(n, "other"));
	TRY(rename("other", n));
	TRY(unlink(n));
	TRY(mkdir(n, 0755));
	TRY(rmdir(n));
	TRY(symlink("f", n));
	NUM(readlink(n, &c, 1));
	TRY(unlink(n));
	TRY(mkfifo(n, 0644));
	TRY(unlink(n));
	TRY(link("f", n));
	TRY(unlink(n));
	TRY(chown(n, -1, -1));
	TRY(utimensat(AT_FDCWD, n, NULL, 0));
	NUM(getxattr(n, "user.a", &c, 1));
}

static void name_lengths(void)
{
	all_calls(repeat('n', 254));
	all_calls(repeat('n', 255));
	all_calls(repeat('n', 256));
	all_calls(repeat('n', 1000));
}

static void name_paths(void)
{
	char path[PATH_MAX + 2];
	size_t i;
	int len;

	for (len = PATH_MAX - 2; len <= PATH_MAX; len++) {
		for (i = 0; i < (size_t)len; i += 2)
			memcpy(path + i, "./", 2);
		path[len - 1] = 'q';
		path[len - 2] = '/';
		path[len] = '\0';
		obs_note("path of %d bytes", len);
		TRY(close(open(path, O_CREAT | O_RDWR, 0644)));
		TRY(access("q", F_OK));
		TRY(rename(path, "q2"));
		TRY(rename("q2", path));
		TRY(unlink(path));
		TRY(mkdir(path, 0755));
		TRY(rmdir(path));
	}
}

static void name_links(void)
{
	static const size_t lens[] = { 1, 59, 60, 255, 1000, 4094, 4095, 4096 };
	struct stat st;
	char buf[PATH_MAX + 1], name[16];
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		snprintf(name, sizeof(name), "t%zu", lens[i]);
		TRY(symlink(repeat('t', lens[i]), name));
		NUM(readlink(name, buf, sizeof(buf)));
		NUM(readlink(name, buf, 10));
		if (!lstat(name, &st))
			obs_note("size %lld", (long long)st.st_size);
	}
	TRY(symlink("", "empty"));
	TRY(symlink("f", "l"));
	TRY(symlink("f", "d"));
	NUM(readlink("f", buf, 10));
	NUM(readlink("d", buf, 10));
	NUM(readlink("l", buf, 0));
	TRY(unlink("l"));
	TRY(symlink("new target", "l"));
	obs_show("l");
	TRY(symlink("../\xff\n", "odd"));
	obs_show("odd");
	TRY(link("ld", "ld2"));
	obs_show("ld2");
	TRY(linkat(AT_FDCWD, "l", AT_FDCWD, "l2", AT_SYMLINK_FOLLOW));
	TRY(linkat(AT_FDCWD, "d/up", AT_FDCWD, "l3", AT_SYMLINK_FOLLOW));
	obs_show("l3");
}

static void name_odd(void)
{
	static const char *const odd[] = {
		"new\nline", "\xff\xfe", " ", "-rf", "*", "a\\b", "'\"$(x)`",
		"\x1b[2J", "\x01", "\xe2\x80\xae", ".wh.f", ".wh..wh..opq",
		".wh.d", "...", ".fuse_hidden0001", "nfs\xcc\x81", "nf\xc3\xa9",
		"NF\xc3\x89", "F", "D", "CON", "a:b", "trailing.", "~",
	};
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		obs_note("name %zu", i);
		all_calls(odd[i]);
		TRY(close(open(odd[i], O_CREAT | O_EXCL | O_RDWR, 0644)));
	}
	obs_show("f");
	obs_tree("d");
}

/* Each byte but the two that cannot be, alone and between others. */
static void name_every_byte(void)
{
	char name[4];
	int fd;

	for (int c = 1; c < 256; c++) {
		if (c == '/')
			continue;
		for (int around = 0; around < 2; around++) {
			snprintf(name, sizeof(name), around ? "-%c-" : "%c", c);
			obs_note("byte %d", c);
			fd = TRY(open(name, O_CREAT | O_EXCL | O_WRONLY, 0644));
			close(fd);
			TRY(rename(name, "moved"));
			TRY(rename("moved", name));
		}
	}
	obs_tree(".");
}

static void name_dots(void)
{
	TRY(rmdir("."));
	TRY(rmdir("e/."));
	TRY(rmdir("d/.."));
	TRY(rmdir("d/s/.."));
	TRY(unlink("."));
	TRY(unlink("d/.."));
	TRY(mkdir(".", 0755));
	TRY(mkdir("d/..", 0755));
	TRY(rename(".", "q"));
	TRY(rename("d/.", "q"));
	TRY(rename("d/..", "q"));
	TRY(rename("d", "e/."));
	TRY(rename("d", "e/.."));
	TRY(link("f", "."));
	TRY(symlink("f", "d/.."));
	TRY(rmdir("e/"));
	TRY(mkdir("new/", 0755));
	TRY(unlink("f/"));
	TRY(unlink("ld/"));
	TRY(rmdir("ld/"));
	TRY(rmdir("ld"));
	TRY(rename("f", "g/"));
	TRY(rename("f/", "g"));
	TRY(rename("d/", "d2/"));
	TRY(rename("e2", "absent/"));
	TRY(link("f", "f2/"));
	TRY(symlink("f", "s/"));
	TRY(mkdir("ld/under", 0755));
	obs_tree("d2");
}

/* Deeper than PATH_MAX allows to name, made and removed by steps. */
static void name_deep(void)
{
	const char *name = repeat('d', 200);
	struct stat st;
	int i, made = 0;

	for (i = 0; i < 40; i++) {
		if (mkdir(name, 0755) || chdir(name))
			break;
		made++;
	}
	obs_note("%d levels", made);
	TRY(close(open("bottom", O_CREAT | O_RDWR, 0644)));
	TRY(rename("bottom", "b2"));
	TRY(link("b2", "b3"));
	TRY(stat("b3", &st));
	TRY(symlink("b3", "b4"));
	TRY(close(open("b4", O_RDWR)));
	TRY(chmod("b2", 0600));
	obs_show("b3");
	TRY(mkdir("e", 0755));
	TRY(rename("e", "e3"));
	TRY(rmdir("e3"));
	TRY(rename("b2", "../b2"));
	TRY(access("../b2", F_OK));
	TRY(unlink("../b2"));
	TRY(unlink("b3"));
	TRY(unlink("b4"));
	for (i = 0; i < made; i++)
		if (chdir("..") || rmdir(name))
			break;
	obs_note("%d levels removed", i);
	TRY(access("f", F_OK));
}

/* The same where the workspace has such a tree. */
static void prepare_deep(void)
{
	const char *name = repeat('D', 200);
	int fd;

	for (int i = 0; i < 40; i++)
		if (mkdir(name, 0755) || chdir(name))
			exit(99);
	fd = open("bottom", O_CREAT | O_RDWR, 0644);
	if (fd < 0 || write(fd, "content", 7) != 7 || mkdir("dir", 0755))
		exit(99);
	close(fd);
}

static void name_deep_below(void)
{
	const char *name = repeat('D', 200);
	int i, fd, top = open(".", O_RDONLY);

	for (i = 0; i < 40; i++)
		if (chdir(name))
			break;
	obs_note("%d levels", i);
	obs_show("bottom");
	fd = TRY(open("bottom", O_RDWR));
	NUM(pwrite(fd, "changed", 7, 3));
	TRY(rename("dir", "dir2"));
	TRY(close(open("dir2/new", O_CREAT | O_RDWR, 0644)));
	obs_tree(".");
	TRY(fchdir(top));
	TRY(rename(name, "deep"));
	NUM(pwrite(fd, "again", 5, 0));
	TRY(chdir("deep"));
	for (i = 1; i < 40; i++)
		if (chdir(name))
			break;
	obs_note("%d levels after a rename", i);
	obs_tree(".");
	TRY(unlink("bottom"));
	TRY(unlink("dir2/new"));
	TRY(rmdir("dir2"));
	for (i = 1; i < 40; i++)
		if (chdir("..") || rmdir(name))
			break;
	obs_note("%d levels removed", i);
	TRY(fchdir(top));
	TRY(rmdir("deep"));
	close(fd);
	close(top);
}

static void name_statfs(void)
{
	struct statfs s;

	TRY(statfs("f", &s));
	obs_note("names %ld, blocks %s, free %s, files %s", (long)s.f_namelen,
		 s.f_blocks ? "some" : "none",
		 s.f_bfree && s.f_bavail <= s.f_bfree ? "some" : "none",
		 s.f_files && s.f_ffree ? "some" : "none");
	obs_note("block size %s", s.f_bsize >= 512 ? "fits" : "small");
}

const struct obs_case name_cases[] = {
	{ "name_lengths", 0, name_lengths, NULL },
	{ "name_paths", 0, name_paths, NULL },
	{ "name_links", 0, name_links, NULL },
	{ "name_odd", 0, name_odd, NULL },
	{ "name_every_byte", 0, name_every_byte, NULL },
	{ "name_dots", 0, name_dots, NULL },
	{ "name_deep", 0, name_deep, NULL },
	{ "name_deep_below", 0, name_deep_below, prepare_deep },
	{ "name_statfs", 0, name_statfs, NULL },
	{ NULL, 0, NULL, NULL },
};
