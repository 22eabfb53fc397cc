/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rename(2): each type over each type, with each flag; and what stays. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "obs.h"

static const char *const types[] = { "absent", "file", "link", "empty", "full",
				     "fifo" };
static const unsigned flags[] = { 0, RENAME_NOREPLACE, RENAME_EXCHANGE };

static void make_type(const char *path, int type)
{
	char sub[96];
	int r = 0, fd;

	switch (type) {
	case 1:
		fd = open(path, O_CREAT | O_WRONLY, 0640);
		r = fd < 0 || write(fd, path, strlen(path)) < 0 || close(fd);
		break;
	case 2:
		r = symlink(path, path);
		break;
	case 4:
		snprintf(sub, sizeof(sub), "%s/in", path);
		r = mkdir(path, 0751) || mkdir(sub, 0700);
		snprintf(sub, sizeof(sub), "%s/file", path);
		fd = open(sub, O_CREAT | O_WRONLY, 0604);
		r |= fd < 0 || write(fd, path, strlen(path)) < 0 || close(fd);
		break;
	case 3:
		r = mkdir(path, 0755);
		break;
	case 5:
		r = mkfifo(path, 0600);
		break;
	}
	if (r)
		exit(99);
}

static void each_pair(void (*fn)(const char *, int, int, unsigned))
{
	char dir[32];
	int s, d, f;

	for (s = 0; s < 6; s++)
		for (d = 0; d < 6; d++)
			for (f = 0; f < 3; f++) {
				snprintf(dir, sizeof(dir), "r%d%d%d", s, d, f);
				fn(dir, s, d, flags[f]);
			}
}

static void prepare_pair(const char *dir, int s, int d, unsigned f)
{
	char path[64];

	if (mkdir(dir, 0755))
		exit(99);
	snprintf(path, sizeof(path), "%s/s", dir);
	make_type(path, s);
	snprintf(path, sizeof(path), "%s/t", dir);
	make_type(path, d);
}

static void prepare_matrix(void)
{
	each_pair(prepare_pair);
}

static void rename_pair(const char *dir, int s, int d, unsigned f)
{
	char from[64], to[64];

	snprintf(from, sizeof(from), "%s/s", dir);
	snprintf(to, sizeof(to), "%s/t", dir);
	obs_note("%s over %s, flags %u", types[s], types[d], f);
	TRY(renameat2(AT_FDCWD, from, AT_FDCWD, to, f));
	obs_tree(dir);
}

static void rename_matrix(void)
{
	each_pair(rename_pair);
}

static void rename_errors(void)
{
	TRY(rename("d", "d/s/x"));
	TRY(rename("d", "d/x"));
	TRY(rename("d/s", "d"));
	TRY(rename("d/s/c", "d/s"));
	TRY(rename("f", "absent/f"));
	TRY(rename("f", "g/f"));
	TRY(rename("f/x", "y"));
	TRY(rename("absent", "y"));
	TRY(rename("loop/x", "y"));
	TRY(rename("f", "f"));
	TRY(rename("d", "d"));
	TRY(renameat2(AT_FDCWD, "f", AT_FDCWD, "f", RENAME_NOREPLACE));
	TRY(renameat2(AT_FDCWD, "f", AT_FDCWD, "f", RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "f", AT_FDCWD, "g",
		      RENAME_NOREPLACE | RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", 1u << 20));
	TRY(renameat2(AT_FDCWD, "d", AT_FDCWD, "d/s", RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "d/s", AT_FDCWD, "d", RENAME_EXCHANGE));
	TRY(rename("h1", "h2"));
	obs_show("h1");
	obs_show("h2");
	TRY(rename("h1", "d/h3"));
	obs_show("h1");
	obs_tree("d");
}

static void rename_dir(void)
{
	struct obs_was w, c, p;
	int fd = open("d/s", O_RDONLY), file = open("d/a", O_RDWR);

	obs_before(&w, "d");
	obs_before(&c, "d/a");
	obs_before(&p, ".");
	TRY(rename("d", "moved"));
	w.path = "moved";
	c.path = "moved/a";
	obs_after(&w, "rename");
	obs_after(&c, "rename of the parent");
	obs_after(&p, "rename below");
	obs_show("d");
	obs_tree("moved");
	NUM(pwrite(file, "through the old descriptor", 26, 0));
	obs_show("moved/a");
	TRY(close(openat(fd, "new", O_CREAT | O_RDWR, 0644)));
	obs_show("moved/s/new");
	TRY(mkdir("d", 0700));
	obs_tree("d");
	TRY(close(open("d/a", O_CREAT | O_EXCL | O_RDWR, 0644)));
	TRY(rename("moved", "d"));
	TRY(unlink("d/a"));
	TRY(rename("moved", "d"));
	obs_tree("d");
	obs_show("moved");
	TRY(rename("d/s", "e/s"));
	obs_tree("e");
	TRY(rename("e", "d/e"));
	TRY(unlink("d/e/s/c"));
	TRY(unlink("d/e/s/new"));
	TRY(rmdir("d/e/s"));
	obs_tree("d");
	TRY(close(openat(fd, "x", O_CREAT | O_RDWR, 0644)));
}

static void rename_parent(void)
{
	struct stat a, b;
	int fd;

	TRY(rename("d/s", "s2"));
	fd = open("s2", O_RDONLY);
	fstatat(fd, "..", &a, 0);
	stat(".", &b);
	obs_note("parent %s", a.st_ino == b.st_ino ? "follows" : "WRONG");
	TRY(renameat2(AT_FDCWD, "s2", AT_FDCWD, "e", RENAME_EXCHANGE));
	obs_tree("s2");
	obs_tree("e");
	TRY(renameat2(AT_FDCWD, "e/c", AT_FDCWD, "d", RENAME_EXCHANGE));
	obs_show("d");
	obs_tree("e");
	TRY(rmdir("s2"));
}

static void rename_replaced_times(void)
{
	struct obs_was w, t;
	int fd = open("g", O_RDONLY);

	obs_before(&w, "f");
	obs_before(&t, ".");
	TRY(rename("f", "g"));
	w.path = "g";
	obs_after(&w, "rename over g");
	obs_after(&t, "directory");
	obs_showfd("replaced", fd);
	obs_before(&w, "h1");
	TRY(unlink("h2"));
	obs_after(&w, "unlink of another name");
	obs_before(&w, "h1");
	TRY(rename("z", "d/h3"));
	obs_after(&w, "other name replaced");
	obs_show("h1");
	close(fd);
}

/* Names come and go over what the lower tree has. */
static void rename_over_deleted(void)
{
	TRY(unlink("f"));
	TRY(renameat2(AT_FDCWD, "g", AT_FDCWD, "f", RENAME_NOREPLACE));
	obs_show("f");
	TRY(rename("f", "g"));
	obs_show("f");
	TRY(close(open("f", O_CREAT | O_EXCL | O_RDWR, 0644)));
	TRY(unlink("f"));
	TRY(mkdir("f", 0755));
	obs_tree("f");
	TRY(rmdir("f"));
	TRY(rename("d", "f"));
	obs_tree("f");
	TRY(symlink("g", "d"));
	TRY(rename("f", "d"));
	TRY(unlink("d"));
	TRY(rename("f", "d"));
	obs_tree("d");
	TRY(unlink("d/a"));
	TRY(rename("d/b", "d/a"));
	TRY(rename("d/a", "d/b"));
	TRY(rename("d", "q"));
	obs_tree("q");
	TRY(rename("q/h3", "q/a"));
	obs_show("h1");
}

const struct obs_case rename_cases[] = {
	{ "rename_matrix", 0, rename_matrix, prepare_matrix },
	{ "rename_errors", 0, rename_errors, NULL },
	{ "rename_dir", 0, rename_dir, NULL },
	{ "rename_parent", 0, rename_parent, NULL },
	{ "rename_replaced_times", 0, rename_replaced_times, NULL },
	{ "rename_over_deleted", 0, rename_over_deleted, NULL },
	{ NULL, 0, NULL, NULL },
};
