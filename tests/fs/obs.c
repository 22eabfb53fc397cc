/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "obs.h"

#define E(name) { name, #name }
static const struct {
	int e;
	const char *name;
} errnos[] = {
	E(EPERM), E(ENOENT), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(ENOEXEC),
	E(EBADF), E(ECHILD), E(EAGAIN), E(ENOMEM), E(EACCES), E(EFAULT),
	E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV), E(ENOTDIR), E(EISDIR),
	E(EINVAL), E(ENFILE), E(EMFILE), E(ENOTTY), E(ETXTBSY), E(EFBIG),
	E(ENOSPC), E(ESPIPE), E(EROFS), E(EMLINK), E(EPIPE), E(EDOM), E(ERANGE),
	E(EDEADLK), E(ENAMETOOLONG), E(ENOLCK), E(ENOSYS), E(ENOTEMPTY),
	E(ELOOP), E(ENODATA), E(EOVERFLOW), E(EOPNOTSUPP), E(ESTALE),
	E(EDQUOT), E(ENOTCONN), E(ECONNREFUSED), E(EADDRINUSE), E(ETIMEDOUT),
	E(ECONNABORTED), { 0, "0" },
};

const char *obs_errno(int e)
{
	static char other[32];
	size_t i;

	for (i = 0; i < sizeof(errnos) / sizeof(*errnos); i++)
		if (errnos[i].e == e)
			return errnos[i].name;
	snprintf(other, sizeof(other), "errno %d", e);
	return other;
}

static const char *prefix(void)
{
	const char *c = getenv("OBS_CASE");

	return c ? c : "?";
}

void obs_note(const char *fmt, ...)
{
	va_list ap;

	printf("%s: ", prefix());
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

long obs_ret(const char *what, long ret)
{
	obs_note("%s -> %s", what, ret < 0 ? obs_errno(errno) : "ok");
	return ret;
}

long obs_num(const char *what, long ret)
{
	if (ret < 0)
		return obs_ret(what, ret);
	obs_note("%s -> %ld", what, ret);
	return ret;
}

uint64_t obs_hash(const void *p, size_t n, uint64_t h)
{
	const unsigned char *s = p;

	while (n--)
		h = (h ^ *s++) * 0x100000001b3ull;
	return h;
}

static int hash_fd(int fd, uint64_t *h, off_t *len)
{
	char buf[65536];
	ssize_t n;

	*h = OBS_HASH_INIT;
	*len = 0;
	while ((n = pread(fd, buf, sizeof(buf), *len)) > 0) {
		*h = obs_hash(buf, n, *h);
		*len += n;
	}
	return n < 0 ? -errno : 0;
}

void obs_content(const char *label, int fd)
{
	uint64_t h;
	off_t len;
	int r = hash_fd(fd, &h, &len);

	if (r)
		obs_note("content %s -> %s", label, obs_errno(-r));
	else
		obs_note("content %s = %lld bytes %016llx", label,
			 (long long)len, (unsigned long long)h);
}

static char type_char(mode_t m)
{
	return S_ISREG(m) ? '-' : S_ISDIR(m) ? 'd' : S_ISLNK(m) ? 'l' :
	       S_ISFIFO(m) ? 'p' : S_ISSOCK(m) ? 's' : '?';
}

/* A directory's size and link count differ between file systems by right. */
static void describe(char *out, size_t cap, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		snprintf(out, cap, "d %04o %u:%u", st->st_mode & 07777,
			 st->st_uid, st->st_gid);
	else
		snprintf(out, cap, "%c %04o %u:%u nlink %lu size %lld",
			 type_char(st->st_mode), st->st_mode & 07777,
			 st->st_uid, st->st_gid, (unsigned long)st->st_nlink,
			 (long long)st->st_size);
}

void obs_show(const char *path)
{
	char d[128], target[PATH_MAX];
	struct stat st;
	uint64_t h;
	off_t len;
	ssize_t n;
	int fd, r;

	if (lstat(path, &st)) {
		obs_note("%.80s: %s", path, obs_errno(errno));
		return;
	}
	describe(d, sizeof(d), &st);
	if (S_ISLNK(st.st_mode)) {
		n = readlink(path, target, sizeof(target));
		obs_note("%.80s: %s -> %.*s", path, d, n < 0 ? 0 :
			 n > 80 ? 80 : (int)n, target);
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		obs_note("%.80s: %s", path, d);
		return;
	}
	fd = open(path, O_RDONLY | O_NOFOLLOW);
	r = fd < 0 ? -errno : hash_fd(fd, &h, &len);
	if (r)
		obs_note("%.80s: %s %s", path, d, obs_errno(-r));
	else
		obs_note("%.80s: %s %016llx", path, d, (unsigned long long)h);
	if (fd >= 0)
		close(fd);
}

void obs_showfd(const char *label, int fd)
{
	char d[128];
	struct stat st;

	if (fstat(fd, &st)) {
		obs_note("%s: %s", label, obs_errno(errno));
		return;
	}
	describe(d, sizeof(d), &st);
	if (S_ISDIR(st.st_mode) && st.st_nlink == 0)
		obs_note("%s: %s removed", label, d);
	else
		obs_note("%s: %s", label, d);
	if (S_ISREG(st.st_mode))
		obs_content(label, fd);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void obs_tree(const char *dir)
{
	struct dirent **list;
	char path[PATH_MAX];
	struct stat st;
	int i, n = scandir(dir, &list, NULL, by_bytes);

	if (n < 0)
		obs_note("list %s -> %s", dir, obs_errno(errno));
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (strcmp(list[i]->d_name, ".") &&
		    strcmp(list[i]->d_name, "..")) {
			obs_show(path);
			if (!lstat(path, &st) && S_ISDIR(st.st_mode))
				obs_tree(path);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

void obs_pause(int msec)
{
	struct timespec t = { msec / 1000, msec % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

void obs_before(struct obs_was *w, const char *path)
{
	w->path = path;
	if (lstat(path, &w->st))
		memset(&w->st, 0, sizeof(w->st));
	obs_pause(20);
}

static const char *moved(struct timespec a, struct timespec b)
{
	if (a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec)
		return "same";
	return a.tv_sec < b.tv_sec ||
	       (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec) ? "newer" :
	       "OLDER";
}

void obs_after(const struct obs_was *w, const char *what)
{
	struct stat st;

	if (lstat(w->path, &st)) {
		obs_note("%s: %s %s", what, w->path, obs_errno(errno));
		return;
	}
	obs_note("%s: %s mtime %s ctime %s ino %s", what, w->path,
		 moved(w->st.st_mtim, st.st_mtim),
		 moved(w->st.st_ctim, st.st_ctim),
		 w->st.st_ino == st.st_ino ? "same" : "CHANGED");
}

void obs_become(unsigned uid, unsigned gid)
{
	if (setgroups(0, NULL) || setegid(gid) || seteuid(uid)) {
		perror("become");
		exit(99);
	}
}

void obs_back(void)
{
	if (seteuid(0) || setegid(0)) {
		perror("back");
		exit(99);
	}
}

int obs_child(void (*fn)(void))
{
	pid_t pid;
	int st;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		fn();
		fflush(NULL);
		_exit(0);
	}
	waitpid(pid, &st, 0);
	return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
}
