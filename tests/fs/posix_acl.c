/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POSIX ACLs, in the form that the kernel takes as an extended attribute. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "obs.h"

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"
#define UID 41001
#define GID 41002

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16,
       OTHER = 32 };

struct ace {
	int tag, perm;
	unsigned id;
};

static int put(const char *path, const char *name, const struct ace *a, int n)
{
	unsigned char buf[256];
	uint32_t v = htole32(2);
	uint16_t h;
	size_t len = 4;
	int i;

	memcpy(buf, &v, 4);
	for (i = 0; i < n; i++, len += 8) {
		h = htole16((uint16_t)a[i].tag);
		memcpy(buf + len, &h, 2);
		h = htole16((uint16_t)a[i].perm);
		memcpy(buf + len + 2, &h, 2);
		v = a[i].tag & (USER | GROUP) ? htole32(a[i].id) : ~0u;
		memcpy(buf + len + 4, &v, 4);
	}
	return setxattr(path, name, buf, len, 0);
}

static void note_acl(const char *path, const char *name)
{
	unsigned char buf[256];
	ssize_t n = getxattr(path, name, buf, sizeof(buf));

	if (n < 0)
		obs_note("%s %s: %s", path, name, obs_errno(errno));
	else
		obs_note("%s %s: %zd bytes %016llx", path, name, n,
			 (unsigned long long)obs_hash(buf, n, OBS_HASH_INIT));
}

static const struct ace wide[] = {
	{ USER_OBJ, 7, 0 }, { USER, 6, UID }, { GROUP_OBJ, 5, 0 },
	{ GROUP, 4, GID }, { MASK, 7, 0 }, { OTHER, 0, 0 },
};

static void acl_default(void)
{
	TRY(put("d", DEFAULT, wide, 6));
	note_acl("d", DEFAULT);
	obs_show("d");
	umask(077);
	TRY(close(open("d/new", O_CREAT | O_RDWR, 0666)));
	obs_show("d/new");
	note_acl("d/new", ACCESS);
	note_acl("d/new", DEFAULT);
	TRY(mkdir("d/dir", 0777));
	obs_show("d/dir");
	note_acl("d/dir", ACCESS);
	note_acl("d/dir", DEFAULT);
	TRY(mkdir("d/dir/sub", 0700));
	obs_show("d/dir/sub");
	note_acl("d/dir/sub", ACCESS);
	TRY(symlink("x", "d/link"));
	TRY(mkfifo("d/fifo", 0666));
	obs_show("d/fifo");
	note_acl("d/fifo", ACCESS);
	if (!getenv("NO_TMPFILE"))
		TRY(close(open("d", O_TMPFILE | O_RDWR, 0666)));
	TRY(rename("f", "d/f"));
	obs_show("d/f");
	note_acl("d/f", ACCESS);
	TRY(removexattr("d", DEFAULT));
	note_acl("d", DEFAULT);
	TRY(close(open("d/plain", O_CREAT | O_RDWR, 0666)));
	obs_show("d/plain");
}

static void acl_access(void)
{
	static const struct ace plain[] = {
		{ USER_OBJ, 6, 0 }, { GROUP_OBJ, 4, 0 }, { OTHER, 4, 0 },
	};

	TRY(put("f", ACCESS, wide, 6));
	note_acl("f", ACCESS);
	obs_show("f");
	TRY(chmod("f", 0640));
	note_acl("f", ACCESS);
	obs_show("f");
	TRY(put("f", ACCESS, plain, 3));
	note_acl("f", ACCESS);
	obs_show("f");
	TRY(put("f", DEFAULT, wide, 6));
	TRY(put("f", ACCESS, wide, 2));
	TRY(put("absent", ACCESS, wide, 6));
	TRY(removexattr("f", ACCESS));
	TRY(removexattr("f", DEFAULT));
	obs_show("f");
}

static void acl_rights(void)
{
	static const struct ace none[] = {
		{ USER_OBJ, 7, 0 }, { USER, 0, UID }, { GROUP_OBJ, 7, 0 },
		{ MASK, 7, 0 }, { OTHER, 7, 0 },
	};

	TRY(put("g", ACCESS, wide, 6));
	TRY(put("x", ACCESS, none, 5));
	obs_become(UID, 1);
	TRY(close(open("g", O_RDONLY)));
	TRY(close(open("g", O_WRONLY)));
	TRY(close(open("x", O_RDONLY)));
	TRY(put("g", ACCESS, none, 5));
	obs_back();
	obs_become(1, GID);
	TRY(close(open("g", O_RDONLY)));
	TRY(close(open("g", O_WRONLY)));
	TRY(close(open("x", O_RDONLY)));
	obs_back();
	TRY(chmod("g", 0600));
	obs_become(UID, 1);
	TRY(close(open("g", O_RDONLY)));
	obs_back();
	TRY(chown("g", UID, GID));
	obs_become(UID, 1);
	TRY(put("g", ACCESS, none, 5));
	obs_back();
	note_acl("g", ACCESS);
	obs_show("g");
}

static void set_as(const char *path, unsigned gid)
{
	TRY(chmod(path, 02755));
	obs_become(UID, gid);
	TRY(put(path, ACCESS, wide, 6));
	obs_back();
	obs_show(path);
}

/* One who is not in the group takes its set-group-ID off, root does not. */
static void acl_setgid(void)
{
	static const char *const paths[] = { "f", "d" };

	TRY(chmod(".", 0777));
	for (int i = 0; i < 2; i++) {
		TRY(chown(paths[i], UID, GID));
		set_as(paths[i], GID);
		set_as(paths[i], 1);
		TRY(chmod(paths[i], 02755));
		TRY(put(paths[i], ACCESS, wide, 6));
		obs_show(paths[i]);
	}
}

const struct obs_case acl_cases[] = {
	{ "acl_default", 0, acl_default, NULL },
	{ "acl_access", 0, acl_access, NULL },
	{ "acl_rights", OBS_ROOT, acl_rights, NULL },
	{ "acl_setgid", OBS_ROOT, acl_setgid, NULL },
	{ NULL, 0, NULL, NULL },
};
