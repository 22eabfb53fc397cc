/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that move: the rule must follow the file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attack.h"

/* Each protected file seen below other names of its directories. */
static void look_below(int row, const char *dir)
{
	static const char *const below[] = {
		".env", "prod.hid", "deep/er/PROD.HID", "er/PROD.HID",
		"PROD.HID", "db.txt", "in/more.txt", "alias3", "\xff.hid",
		"x/prod.hid", "config/prod.hid",
	};
	char path[256];
	size_t i;

	for (i = 0; i < sizeof(below) / sizeof(*below); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, below[i]);
		if (!attack_read(row, path))
			attack_leak(row, "a hidden file under a new name");
	}
}

static void move_round(int row, const char *dir, const char *to)
{
	if (rename(dir, to)) {
		attack_leak(row, "rename of %s to %s: %s", dir, to,
			    strerror(errno));
		return;
	}
	look_below(row, to);
	attack_walk(row, to);
	if (rename(to, dir))
		attack_leak(row, "rename back: %s", strerror(errno));
	look_below(row, dir);
}

static void moved_parents(int row)
{
	move_round(row, "config", "moved");
	move_round(row, "config/deep", "config/shallow");
	move_round(row, "config/deep/er", "vis/er");
	move_round(row, "odd\nline", "even");
	move_round(row, "vis/sub", "only2");
	if (!mkdir("own", 0755)) {
		move_round(row, "config", "own/config");
		rmdir("own");
	}
}

static void exchanged_parents(int row)
{
	int i;

	if (mkdir("own", 0755) || mkdir("own/deep", 0755))
		return;
	for (i = 0; i < 2; i++) {
		if (renameat2(AT_FDCWD, "config", AT_FDCWD, "own",
			      RENAME_EXCHANGE))
			attack_leak(row, "exchange: %s", strerror(errno));
		look_below(row, "config");
		look_below(row, "own");
	}
	if (!renameat2(AT_FDCWD, "config/deep", AT_FDCWD, "own/deep",
		       RENAME_EXCHANGE)) {
		look_below(row, "own");
		look_below(row, "own/deep");
		renameat2(AT_FDCWD, "config/deep", AT_FDCWD, "own/deep",
			  RENAME_EXCHANGE);
	}
	rmdir("own/deep");
	rmdir("own");
}

/* By a descriptor from before the rename, from below and with "..". */
static void old_dirfd(int row)
{
	int d = open("config", O_RDONLY | O_DIRECTORY);
	int deep = open("config/deep/er", O_RDONLY | O_DIRECTORY);

	rename("config", "vis/c2");
	attack_read_at(row, d, "prod.hid");
	attack_read_at(row, d, ".env");
	attack_read_at(row, deep, "PROD.HID");
	attack_read_at(row, deep, "../../prod.hid");
	attack_read_at(row, deep, "../../.env");
	if (!fchdir(deep)) {
		attack_read(row, "PROD.HID");
		attack_read(row, "../../prod.hid");
	}
	if (!fchdir(d) && !chdir("../.."))
		rename("vis/c2", "config");
	close(d);
	close(deep);
}

/* What was removed must not come back, with what was hidden in it. */
static void removed_dirs(int row)
{
	int d = open("config/deep/er", O_RDONLY | O_DIRECTORY);

	attack_count(row);
	if (rmdir("config/deep/er"))
		attack_leak(row, "rmdir: %s", strerror(errno));
	attack_read_at(row, d, "PROD.HID");
	fchmod(d, 0777);
	attack_read_at(row, d, "PROD.HID");
	if (openat(d, "PROD.HID", O_CREAT | O_RDWR, 0644) >= 0)
		attack_leak(row, "create in a removed directory");
	if (mkdir("config/deep/er", 0755))
		attack_leak(row, "mkdir: %s", strerror(errno));
	attack_walk(row, "config/deep/er");
	look_below(row, "config/deep");
	if (rename("config/deep/er", "config/deep/er2"))
		attack_leak(row, "rename: %s", strerror(errno));
	look_below(row, "config/deep");
	close(d);
}

static void removed_files(int row)
{
	struct stat st;
	int fd = open("config/plain.txt", O_RDWR), fresh;

	attack_count(row);
	unlink("config/plain.txt");
	fresh = open("config/plain.txt", O_CREAT | O_EXCL | O_RDWR, 0600);
	fchmod(fd, 0777);
	if (pwrite(fd, "old descriptor", 14, 0) != 14)
		attack_leak(row, "write to the unlinked: %s", strerror(errno));
	if (fstat(fresh, &st) || st.st_size || (st.st_mode & 07777) != 0600)
		attack_leak(row, "the new file got what was for the old one");
	unlink("config/plain.txt");
	fchmod(fd, 0700);
	if (!stat("config/plain.txt", &st))
		attack_leak(row, "the removed file is back");
	close(fd);
	close(fresh);
}

/* Names that an overlay may take for its own marks. */
static void markers(int row)
{
	static const char *const names[] = {
		"vis/.wh.plain.txt", "vis/.wh..wh..opq", ".wh..env",
		"vis/x\n/.env", "vis/gone", "vis/.scrim",
	};
	size_t i;
	int fd;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		fd = open(names[i], O_CREAT | O_EXCL | O_RDWR, 0644);
		attack_count(row);
		if (fd >= 0)
			close(fd);
		if (attack_read(row, "vis/plain.txt"))
			attack_leak(row, "a marker's name hides a file");
		if (fd >= 0 && unlink(names[i]))
			attack_leak(row, "a marker's name stays");
	}
}

const struct attack name_attacks[] = {
	{ 3, moved_parents },
	{ 3, exchanged_parents },
	{ 3, old_dirfd },
	{ 31, removed_dirs },
	{ 31, removed_files },
	{ 39, markers },
	{ 0, NULL },
};
