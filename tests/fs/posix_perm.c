/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may do what; set-id bits; the sticky bit. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "obs.h"

#define UID 41001
#define GID 41002

static void perm_classes(void)
{
	static const mode_t modes[] = { 0, 0004, 0002, 0001, 0040, 0020, 0010,
					0400, 0200, 0100, 0700, 0070, 0007 };
	static const unsigned who[][2] = { { UID, GID }, { UID, 1 },
					   { 1, GID }, { 2, 2 } };
	size_t i, j;

	TRY(chmod(".", 0777));
	TRY(chown("x", UID, GID));
	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		TRY(chmod("x", modes[i]));
		for (j = 0; j < 4; j++) {
			obs_become(who[j][0], who[j][1]);
			obs_note("%04o as %u:%u", modes[i], who[j][0],
				 who[j][1]);
			TRY(close(open("x", O_RDONLY)));
			TRY(close(open("x", O_WRONLY)));
			TRY(close(open("x", O_RDWR)));
			TRY(faccessat(AT_FDCWD, "x", R_OK, AT_EACCESS));
			TRY(faccessat(AT_FDCWD, "x", W_OK, AT_EACCESS));
			TRY(faccessat(AT_FDCWD, "x", X_OK, AT_EACCESS));
			TRY(truncate("x", 40));
			obs_back();
		}
	}
	TRY(chmod("x", 0));
	TRY(close(open("x", O_RDWR)));
	TRY(access("x", X_OK));
}

static void try_in_dir(const char *d)
{
	char a[64], b[64];

	snprintf(a, sizeof(a), "%s/a", d);
	snprintf(b, sizeof(b), "%s/new", d);
	TRY(close(open(a, O_RDONLY)));
	TRY(close(open(d, O_RDONLY | O_DIRECTORY)));
	TRY(close(open(b, O_CREAT | O_EXCL | O_WRONLY, 0644)));
	TRY(unlink(b));
	TRY(mkdir(b, 0755));
	TRY(rmdir(b));
	TRY(symlink("x", b));
	TRY(unlink(b));
	TRY(mkfifo(b, 0644));
	TRY(rename(b, "w/p"));
	TRY(rename("w/p", b));
	TRY(unlink(b));
	TRY(access(a, F_OK));
	TRY(chdir(d));
	TRY(chdir(".."));
}

static void perm_dirs(void)
{
	static const mode_t modes[] = { 0, 0400, 0200, 0100, 0500, 0300, 0600,
					0700, 0077 };
	size_t i;

	TRY(chmod(".", 0777));
	TRY(chown("d", UID, GID));
	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		TRY(chmod("d", modes[i]));
		obs_become(UID, GID);
		obs_note("directory %04o", modes[i]);
		try_in_dir("d");
		obs_back();
	}
}

static void perm_sticky(void)
{
	TRY(chown("st", 0, 0));
	TRY(chown("st/own", UID, GID));
	TRY(chown("st/dir", 1, 1));
	TRY(close(open("st/roots", O_CREAT | O_WRONLY, 0666)));
	obs_become(UID, GID);
	TRY(unlink("st/roots"));
	TRY(rename("st/roots", "st/new"));
	TRY(rename("st/roots", "w/new"));
	TRY(rename("w/f", "st/roots"));
	TRY(rename("st/own", "st/roots"));
	TRY(rmdir("st/dir"));
	TRY(rename("st/dir", "w/dir"));
	TRY(rename("st/own", "st/mine"));
	TRY(unlink("st/mine"));
	TRY(close(open("st/fresh", O_CREAT | O_EXCL | O_WRONLY, 0600)));
	TRY(unlink("st/fresh"));
	obs_back();
	TRY(chown("st", UID, GID));
	obs_become(UID, GID);
	TRY(unlink("st/roots"));
	TRY(rmdir("st/dir"));
	TRY(chmod("st/own", 0600));
	obs_back();
	obs_tree("st");
}

static void perm_owner_only(void)
{
	struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct timespec old[2] = { { 1, 1 }, { 2, 2 } };

	TRY(chown("g", UID, GID));
	TRY(chmod("w/f", 0666));
	TRY(chmod("f", 0644));
	obs_become(UID, GID);
	TRY(chmod("f", 0600));
	TRY(chown("f", UID, GID));
	TRY(lchown("l", UID, GID));
	TRY(chown("g", 1, (gid_t)-1));
	TRY(chown("g", (uid_t)-1, 1));
	TRY(chown("g", UID, GID));
	TRY(chown("g", (uid_t)-1, (gid_t)-1));
	TRY(chmod("g", 0640));
	TRY(utimensat(AT_FDCWD, "w/f", now, 0));
	TRY(utimensat(AT_FDCWD, "w/f", NULL, 0));
	TRY(utimensat(AT_FDCWD, "w/f", old, 0));
	TRY(utimensat(AT_FDCWD, "f", NULL, 0));
	TRY(utimensat(AT_FDCWD, "g", old, 0));
	TRY(link("f", "w/link"));
	TRY(link("g", "w/link"));
	TRY(truncate("f", 0));
	TRY(mknod("w/reg", S_IFREG | 0644, 0));
	TRY(close(open("f", O_RDONLY | O_NOATIME)));
	TRY(close(open("g", O_RDONLY | O_NOATIME)));
	obs_back();
	obs_show("f");
	obs_show("g");
}

/* Which writers and owners lose the set-id bits. */
static void setid_round(mode_t mode)
{
	int fd;

	TRY(chown("w/f", UID, GID));
	TRY(chmod("w/f", mode));
	obs_show("w/f");
	obs_become(UID + 1, GID);
	fd = open("w/f", O_WRONLY);
	NUM(write(fd, "x", 1));
	close(fd);
	obs_back();
	obs_show("w/f");
	TRY(chmod("w/f", mode));
	obs_become(UID + 1, GID + 1);
	fd = open("w/f", O_WRONLY);
	NUM(write(fd, "x", 1));
	close(fd);
	obs_back();
	obs_show("w/f");
	TRY(chmod("w/f", mode));
	obs_become(UID + 1, GID + 1);
	TRY(truncate("w/f", 3));
	obs_back();
	obs_show("w/f");
	TRY(chmod("w/f", mode));
	obs_become(UID + 1, GID + 1);
	TRY(close(open("w/f", O_WRONLY | O_TRUNC)));
	obs_back();
	obs_show("w/f");
	TRY(chmod("w/f", mode));
	obs_become(UID + 1, GID + 1);
	fd = open("w/f", O_WRONLY);
	TRY(fallocate(fd, 0, 0, 100));
	close(fd);
	obs_back();
	obs_show("w/f");
	TRY(chmod("w/f", mode));
	obs_become(UID + 1, GID + 1);
	fd = open("w/f", O_WRONLY);
	TRY(fallocate(fd, FALLOC_FL_ZERO_RANGE, 10, 20));
	close(fd);
	obs_back();
	obs_show("w/f");
	TRY(chmod("w/f", mode));
	obs_become(UID, GID);
	TRY(chown("w/f", UID, GID));
	obs_show("w/f");
	TRY(chmod("w/f", mode));
	TRY(chown("w/f", (uid_t)-1, (gid_t)-1));
	obs_back();
	obs_show("w/f");
	TRY(chmod("w/f", mode));
	TRY(chown("w/f", UID, GID));
	obs_show("w/f");
}

static void perm_setid(void)
{
	setid_round(04777);
	setid_round(02777);
	setid_round(06777);
	setid_round(02767);
	setid_round(06666);
	obs_show("suid");
	TRY(chown("suid", 5, 5));
	obs_show("suid");
	TRY(chmod("suid", 06755));
	NUM(pwrite(open("suid", O_WRONLY), "x", 1, 0));
	obs_show("suid");
	TRY(chown("sg", 5, 5));
	obs_show("sg");
	TRY(chmod("d", 06755));
	TRY(chown("d", 6, 6));
	obs_show("d");
}

static void perm_setgid_chmod(void)
{
	TRY(chown("g", UID, GID));
	TRY(chown("e", UID, 1));
	TRY(chown("z", UID, 1));
	obs_become(UID, GID);
	TRY(chmod("g", 02755));
	TRY(chmod("e", 02755));
	TRY(chmod("z", 02755));
	TRY(chmod("z", 06777));
	obs_back();
	obs_show("g");
	obs_show("e");
	obs_show("z");
}

static void perm_self(void)
{
	int fd;

	TRY(chmod("f", 0));
	TRY(chmod("f", 0200));
	TRY(close(open("f", O_WRONLY)));
	TRY(chmod("f", 0644));
	obs_show("f");
	fd = open("f", O_RDWR);
	TRY(fchmod(fd, 01644));
	obs_showfd("sticky file", fd);
	NUM(pwrite(fd, "x", 1, 0));
	TRY(fchmod(fd, 0));
	NUM(pwrite(fd, "x", 1, 0));
	obs_content("descriptor outlives the mode", fd);
	TRY(fchmod(fd, 0600));
	close(fd);
	TRY(fchmodat(AT_FDCWD, "l", 0640, 0));
	TRY(chmod("dang", 0640));
	TRY(chmod("absent", 0640));
	TRY(chmod("f/x", 0640));
	TRY(chown("absent", -1, -1));
	TRY(lchown("dang", getuid(), getgid()));
	TRY(lchown("l", getuid(), getgid()));
	obs_show("l");
	TRY(chown("suid", getuid(), getgid()));
	obs_show("suid");
	TRY(chmod("suid", 06755));
	obs_show("suid");
}

static void perm_user_modes(void)
{
	TRY(chmod("d", 0500));
	TRY(close(open("d/new", O_CREAT | O_WRONLY, 0644)));
	TRY(unlink("d/a"));
	TRY(chmod("d", 0600));
	TRY(access("d/a", F_OK));
	TRY(close(open("d/a", O_RDONLY)));
	TRY(chmod("d", 0300));
	TRY(close(open("d", O_RDONLY)));
	TRY(close(open("d/new", O_CREAT | O_WRONLY, 0644)));
	TRY(chmod("d", 0));
	TRY(rename("d", "d2"));
	TRY(chmod("d2", 0755));
	TRY(close(open("ro", O_WRONLY)));
	TRY(truncate("ro", 0));
	TRY(chmod("f", 0));
	TRY(close(open("f", O_RDONLY)));
	TRY(rename("f", "d2/f"));
	TRY(close(open("newro", O_CREAT | O_RDWR, 0)));
	TRY(close(open("newro", O_RDWR)));
	TRY(chown("g", 0, 0));
	TRY(chmod("d2/f", 0644));
	obs_tree("d2");
}

const struct obs_case perm_cases[] = {
	{ "perm_classes", OBS_ROOT, perm_classes, NULL },
	{ "perm_dirs", OBS_ROOT, perm_dirs, NULL },
	{ "perm_sticky", OBS_ROOT, perm_sticky, NULL },
	{ "perm_owner_only", OBS_ROOT, perm_owner_only, NULL },
	{ "perm_setid", OBS_ROOT, perm_setid, NULL },
	{ "perm_setgid_chmod", OBS_ROOT, perm_setgid_chmod, NULL },
	{ "perm_self", 0, perm_self, NULL },
	{ "perm_user_modes", 0, perm_user_modes, NULL },
	{ NULL, 0, NULL, NULL },
};
