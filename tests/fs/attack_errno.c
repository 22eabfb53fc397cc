/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers about a protected path must be those about a path that is not there:
 * each operation is done on both, and the errno and what is left compared.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

static int opened(int fd)
{
	if (fd >= 0)
		close(fd);
	return fd;
}

static int do_open(const char *p) { return opened(open(p, O_RDONLY)); }
static int do_write(const char *p) { return opened(open(p, O_RDWR)); }
static int do_trunc(const char *p) { return opened(open(p, O_WRONLY | O_TRUNC)); }
static int do_path(const char *p) { return opened(open(p, O_PATH)); }
static int do_dir(const char *p) { return opened(open(p, O_DIRECTORY)); }
static int do_nofollow(const char *p)
{
	return opened(open(p, O_PATH | O_NOFOLLOW));
}
static int do_stat(const char *p) { struct stat st; return stat(p, &st); }
static int do_lstat(const char *p) { struct stat st; return lstat(p, &st); }
static int do_statx(const char *p)
{
	struct statx st;

	return statx(AT_FDCWD, p, AT_STATX_FORCE_SYNC, STATX_ALL, &st);
}
static int do_statfs(const char *p) { struct statfs s; return statfs(p, &s); }
static int do_access(const char *p) { return access(p, F_OK); }
static int do_chmod(const char *p) { return chmod(p, 0777); }
static int do_chown(const char *p) { return lchown(p, getuid(), getgid()); }
static int do_truncate(const char *p) { return truncate(p, 0); }
static int do_utimens(const char *p) { return utimensat(AT_FDCWD, p, NULL, 0); }
static int do_readlink(const char *p)
{
	char c;

	return (int)readlink(p, &c, 1);
}
static int do_getxattr(const char *p)
{
	char buf[64];

	return (int)getxattr(p, "user.secret", buf, sizeof(buf));
}
static int do_listxattr(const char *p)
{
	char buf[64];

	return (int)llistxattr(p, buf, sizeof(buf));
}
static int do_setxattr(const char *p)
{
	return setxattr(p, "user.mine", "v", 1, 0);
}
static int do_unlink(const char *p) { return unlink(p); }
static int do_rmdir(const char *p) { return rmdir(p); }
static int do_chdir(const char *p) { return chdir(p); }
static int do_below(const char *p)
{
	char sub[256];
	struct stat st;

	snprintf(sub, sizeof(sub), "%s/below", p);
	return stat(sub, &st);
}
static int do_slash(const char *p)
{
	char sub[256];
	struct stat st;

	snprintf(sub, sizeof(sub), "%s/", p);
	return stat(sub, &st);
}
static int do_create_below(const char *p)
{
	char sub[256];

	snprintf(sub, sizeof(sub), "%s/below", p);
	return opened(open(sub, O_CREAT | O_WRONLY, 0644));
}
static int do_link(const char *p) { return link(p, "vis/stolen"); }
static int do_rename(const char *p) { return rename(p, "vis/stolen"); }
static int do_exchange(const char *p)
{
	return renameat2(AT_FDCWD, p, AT_FDCWD, "vis/plain.txt",
			 RENAME_EXCHANGE);
}
static int do_exchange_back(const char *p)
{
	return renameat2(AT_FDCWD, "vis/plain.txt", AT_FDCWD, p,
			 RENAME_EXCHANGE);
}
static int do_exec(const char *p)
{
	char *const argv[] = { NULL };

	return execve(p, argv, argv);
}
static int do_connect(const char *p)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), r, e;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", p);
	r = connect(s, (struct sockaddr *)&a, sizeof(a));
	e = errno;
	close(s);
	errno = e;
	return r;
}

struct probe {
	const char *name;
	int (*run)(const char *path);
};

/* None of these may succeed. */
static const struct probe probes[] = {
	{ "open", do_open }, { "open to write", do_write },
	{ "open to truncate", do_trunc }, { "open O_PATH", do_path },
	{ "open a directory", do_dir }, { "open O_NOFOLLOW", do_nofollow },
	{ "stat", do_stat }, { "lstat", do_lstat }, { "statx", do_statx },
	{ "statfs", do_statfs }, { "access", do_access }, { "chmod", do_chmod },
	{ "chown", do_chown }, { "truncate", do_truncate },
	{ "utimens", do_utimens }, { "readlink", do_readlink },
	{ "getxattr", do_getxattr }, { "listxattr", do_listxattr },
	{ "setxattr", do_setxattr }, { "unlink", do_unlink },
	{ "rmdir", do_rmdir }, { "chdir", do_chdir }, { "stat below", do_below },
	{ "stat with a slash", do_slash }, { "create below", do_create_below },
	{ "link from", do_link }, { "rename from", do_rename },
	{ "exchange", do_exchange }, { "exchange with", do_exchange_back },
	{ "exec", do_exec }, { "connect", do_connect },
};

static void same_errno(int row)
{
	const struct target *t;
	int a, b, ea, eb;
	size_t i;

	for (t = targets; t->path; t++)
		for (i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
			a = probes[i].run(t->absent);
			ea = errno;
			b = probes[i].run(t->path);
			eb = errno;
			attack_count(row);
			if (b >= 0 || a >= 0 || ea != eb)
				attack_leak(row, "%s of target %d: %s, of an "
					    "absent one: %s", probes[i].name,
					    (int)(t - targets),
					    b < 0 ? strerror(eb) : "done",
					    a < 0 ? strerror(ea) : "done");
		}
}

static int make_file(const char *p)
{
	return opened(open(p, O_CREAT | O_EXCL | O_WRONLY, 0644));
}
static int make_open(const char *p)
{
	return opened(open(p, O_CREAT | O_RDWR | O_APPEND, 0644));
}
static int make_dir(const char *p) { return mkdir(p, 0755); }
static int make_link(const char *p) { return link("vis/plain.txt", p); }
static int make_symlink(const char *p) { return symlink("plain.txt", p); }
static int make_fifo(const char *p) { return mkfifo(p, 0644); }
static int make_rename(const char *p)
{
	make_file("vis/mine");
	return rename("vis/mine", p);
}
static int make_noreplace(const char *p)
{
	make_file("vis/mine");
	return renameat2(AT_FDCWD, "vis/mine", AT_FDCWD, p, RENAME_NOREPLACE);
}
static int make_socket(const char *p)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), r;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", p);
	r = bind(s, (struct sockaddr *)&a, sizeof(a));
	close(s);
	return r;
}

/* All of these must succeed, and what is read back is the agent's own. */
static const struct probe makers[] = {
	{ "create", make_file }, { "open O_CREAT", make_open },
	{ "mkdir", make_dir }, { "link to", make_link },
	{ "symlink", make_symlink }, { "mkfifo", make_fifo },
	{ "rename to", make_rename }, { "rename NOREPLACE", make_noreplace },
	{ "bind", make_socket },
};

static void clear_made(int row, const char *p)
{
	struct stat st;

	if (!lstat(p, &st) && S_ISREG(st.st_mode) &&
	    (attack_read(row, p) || st.st_size > 20))
		attack_leak(row, "what was created has content");
	if (unlink(p) && rmdir(p))
		attack_leak(row, "what was created cannot be removed: %s",
			    strerror(errno));
	if (!lstat(p, &st))
		attack_leak(row, "what was removed is there still");
	unlink("vis/mine");
}

static int parent_is_hidden(const char *p)
{
	return !strncmp(p, "secrets/", 8);
}

static void shadows(int row)
{
	const struct target *t;
	size_t i;
	int r;

	for (t = targets; t->path; t++)
		for (i = 0; i < sizeof(makers) / sizeof(*makers); i++) {
			r = makers[i].run(t->path);
			attack_count(row);
			if (parent_is_hidden(t->path)) {
				if (!r || errno != ENOENT)
					attack_leak(row, "%s below a hidden "
						    "directory", makers[i].name);
				continue;
			}
			if (r < 0)
				attack_leak(row, "%s over target %d: %s",
					    makers[i].name, (int)(t - targets),
					    strerror(errno));
			else
				clear_made(row, t->path);
		}
}

/* A directory in which only hidden entries are is an empty one. */
static void empty_dirs(int row)
{
	struct stat a, b;

	attack_count(row);
	if (stat("only", &a) || stat("empty", &b) ||
	    a.st_nlink != b.st_nlink || a.st_mode != b.st_mode)
		attack_leak(row, "a directory with hidden entries looks other "
			    "than an empty one");
	if (rmdir("only"))
		attack_leak(row, "rmdir of an empty-looking directory: %s",
			    strerror(errno));
	if (mkdir("only", 0755))
		attack_leak(row, "mkdir after rmdir: %s", strerror(errno));
	if (attack_read(row, "only/.env") != ENOENT)
		attack_leak(row, "a hidden file is in the directory made anew");
	if (make_file("only/.env") < 0)
		attack_leak(row, "create in the directory made anew: %s",
			    strerror(errno));
	clear_made(row, "only/.env");
	if (rename("vis/sub", "only"))
		attack_leak(row, "rename over it: %s", strerror(errno));
	if (attack_read(row, "only/moved.txt"))
		attack_leak(row, "the moved directory is not whole");
	rename("only", "vis/sub");
}

static void links_of_dirs(int row)
{
	struct stat st;

	attack_count(row);
	/* Counts of subdirectories must not include hidden ones. */
	if (!stat(".", &st) && st.st_nlink != 1 && st.st_nlink > 2 + 8)
		attack_leak(row, "the link count tells of hidden directories");
}

const struct attack errno_attacks[] = {
	{ 71, same_errno },
	{ 70, links_of_dirs },
	{ 29, shadows },
	{ 72, empty_dirs },
	{ 71, same_errno },
	{ 0, NULL },
};
