/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories: making, removing, listing; link counts. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "obs.h"

#define MANY 3000

static void dir_errors(void)
{
	TRY(mkdir("d", 0755));
	TRY(mkdir("f", 0755));
	TRY(mkdir("l", 0755));
	TRY(mkdir("dang", 0755));
	TRY(mkdir("absent/x", 0755));
	TRY(mkdir("f/x", 0755));
	TRY(rmdir("d"));
	TRY(rmdir("f"));
	TRY(rmdir("l"));
	TRY(rmdir("absent"));
	TRY(rmdir("f/x"));
	TRY(unlink("e"));
	TRY(unlink("absent"));
	TRY(unlink("f/x"));
	TRY(link("d", "d2"));
	TRY(link("f", "g"));
	TRY(link("f", "absent/x"));
	TRY(link("absent", "x"));
	TRY(link("f", "f/x"));
	TRY(link("f", "dang"));
	TRY(mkfifo("f", 0644));
	TRY(mkfifo("f/x", 0644));
	TRY(mknod("reg", S_IFREG | 0640, 0));
	obs_show("reg");
	TRY(mknod("dir", S_IFDIR | 0755, 0));
	TRY(mknod("sock", S_IFSOCK | 0640, 0));
	obs_show("sock");
}

/* A directory is empty once all that was in it is gone, and stays so. */
static void dir_emptied(void)
{
	TRY(unlink("d/a"));
	TRY(unlink("d/b"));
	TRY(rmdir("d"));
	TRY(unlink("d/s/c"));
	TRY(rmdir("d/s"));
	TRY(unlink("d/up"));
	TRY(rename("d/h3", "h3"));
	obs_tree("d");
	TRY(rmdir("d"));
	obs_show("d");
	TRY(access("d/a", F_OK));
	TRY(mkdir("d", 0700));
	obs_tree("d");
	TRY(access("d/a", F_OK));
	TRY(mkdir("d/s", 0700));
	obs_tree("d");
	TRY(rmdir("d/s"));
	TRY(rmdir("d"));
	TRY(close(open("d", O_CREAT | O_EXCL | O_RDWR, 0644)));
	TRY(access("d/a", F_OK));
	TRY(unlink("d"));
	TRY(rename("e", "d"));
	obs_tree("d");
	obs_show("h3");
}

static void dir_links(void)
{
	struct obs_was w;

	obs_before(&w, "f");
	TRY(link("f", "f2"));
	obs_after(&w, "link");
	TRY(link("f2", "d/f3"));
	obs_show("f");
	NUM(pwrite(open("d/f3", O_RDWR), "X", 1, 1));
	obs_show("f");
	TRY(unlink("f"));
	obs_show("f2");
	TRY(chmod("d/f3", 0600));
	obs_show("f2");
	TRY(link("h2", "h4"));
	obs_show("h1");
	TRY(unlink("h1"));
	obs_show("h4");
	NUM(write(open("h2", O_WRONLY | O_APPEND), "tail", 4));
	obs_show("h4");
	obs_show("d/h3");
	TRY(unlink("h2"));
	TRY(unlink("h4"));
	obs_show("d/h3");
	TRY(link("d/h3", "h1"));
	obs_show("h1");
	TRY(link("p", "p2"));
	obs_show("p2");
}

/* Each entry as it is listed must be what stat says. */
static void check_entries(const char *dir)
{
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(dir);
	int bad = 0, dots = 0;

	while (d && (e = readdir(d))) {
		dots += !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
			bad++;
		else if (e->d_ino != st.st_ino ||
			 (e->d_type && e->d_type != IFTODT(st.st_mode)))
			bad++;
	}
	obs_note("%s: %d dots, %d entries that stat does not confirm", dir,
		 dots, bad);
	if (d)
		closedir(d);
}

static void dir_entries(void)
{
	check_entries(".");
	check_entries("d");
	TRY(chmod("d/a", 0600));
	TRY(rename("d/b", "d/z"));
	TRY(mkdir("d/new", 0755));
	check_entries("d");
	TRY(rename("d", "moved"));
	check_entries("moved");
	check_entries("moved/s");
	check_entries("e");
}

static void many_name(char *out, size_t cap, int i)
{
	snprintf(out, cap, "many/%05d-a-name-of-some-length", i);
}

static void prepare_many(void)
{
	char name[64];
	int i;

	if (mkdir("many", 0755))
		exit(99);
	for (i = 0; i < MANY; i++) {
		many_name(name, sizeof(name), i);
		if (mknod(name, S_IFREG | 0644, 0))
			exit(99);
	}
}

/* Counts how often each numbered name comes from here to the end. */
static void count_rest(DIR *d, unsigned char *seen)
{
	struct dirent *e;

	while ((e = readdir(d)))
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			seen[atoi(e->d_name)]++;
}

static void note_seen(const char *what, const unsigned char *seen, int from,
		      int to)
{
	int i, once = 0;

	for (i = from; i < to; i++)
		once += seen[i] == 1;
	obs_note("%s: %d of %d exactly once", what, once, to - from);
}

/*
 * While a listing is under way names come and go: those that were there all
 * the time must come once. The names of the first half are taken away, in part
 * before and in part after they were listed.
 */
static void dir_stable(void)
{
	unsigned char seen[MANY * 2] = { 0 };
	char name[64];
	struct dirent *e;
	DIR *d = opendir("many");
	int i;

	for (i = 0; i < 500 && (e = readdir(d)); i++)
		if (e->d_name[0] != '.')
			seen[atoi(e->d_name)]++;
	for (i = 0; i < MANY / 2; i++) {
		many_name(name, sizeof(name), i);
		if (unlink(name))
			obs_note("unlink: %s", obs_errno(errno));
		many_name(name, sizeof(name), MANY + i);
		if (mknod(name, S_IFREG | 0644, 0))
			obs_note("mknod: %s", obs_errno(errno));
	}
	count_rest(d, seen);
	note_seen("stayed", seen, MANY / 2, MANY);
	memset(seen, 0, sizeof(seen));
	rewinddir(d);
	count_rest(d, seen);
	note_seen("gone", seen, 0, MANY / 2);
	note_seen("all", seen, MANY / 2, MANY + MANY / 2);
	closedir(d);
}

static void dir_seek(void)
{
	static char names[MANY + 2][64];
	static long at[MANY + 3];
	struct dirent *e;
	DIR *d = opendir("many");
	int i, n = 0, bad = 0;

	for (at[0] = telldir(d); (e = readdir(d)) && n < MANY + 2; n++) {
		snprintf(names[n], sizeof(names[n]), "%.60s", e->d_name);
		at[n + 1] = telldir(d);
	}
	obs_note("%d entries", n);
	for (i = n - 1; i >= 0; i -= 97) {
		seekdir(d, at[i]);
		e = readdir(d);
		bad += !e || strncmp(e->d_name, names[i], 60);
	}
	seekdir(d, at[n]);
	obs_note("%d seeks went elsewhere, %s at the end", bad,
		 readdir(d) ? "more" : "nothing");
	closedir(d);
}

/* The usual loop of those who delete while they list. */
static void dir_remove_all(void)
{
	char name[NAME_MAX + 8];
	struct dirent *e;
	DIR *d = opendir("many");
	int n = 0;

	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "many/%s", e->d_name);
		n += !unlink(name);
	}
	closedir(d);
	obs_note("%d removed", n);
	TRY(rmdir("many"));
	TRY(mkdir("many", 0755));
	obs_tree("many");
}

const struct obs_case dir_cases[] = {
	{ "dir_errors", 0, dir_errors, NULL },
	{ "dir_emptied", 0, dir_emptied, NULL },
	{ "dir_links", 0, dir_links, NULL },
	{ "dir_entries", 0, dir_entries, NULL },
	{ "dir_stable", 0, dir_stable, prepare_many },
	{ "dir_seek", 0, dir_seek, prepare_many },
	{ "dir_remove_all", 0, dir_remove_all, prepare_many },
	{ NULL, 0, NULL, NULL },
};
