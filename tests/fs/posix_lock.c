/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks of both kinds between processes and between open files. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "obs.h"

static struct flock range(int type, off_t start, off_t len)
{
	struct flock l = { .l_type = (short)type, .l_whence = SEEK_SET,
			   .l_start = start, .l_len = len };

	return l;
}

static void note_getlk(int fd, int type, off_t start, off_t len)
{
	struct flock l = range(type, start, len);
	int r = fcntl(fd, F_GETLK, &l);

	if (r || l.l_type == F_UNLCK)
		obs_note("getlk %lld+%lld: %s", (long long)start,
			 (long long)len, r ? obs_errno(errno) : "free");
	else
		obs_note("getlk %lld+%lld: %s %lld+%lld", (long long)start,
			 (long long)len, l.l_type == F_RDLCK ? "read" : "write",
			 (long long)l.l_start, (long long)l.l_len);
}

static void others_locks(void)
{
	struct flock l = range(F_WRLCK, 0, 10);
	int fd = open("f", O_RDWR), link = open("h2", O_RDWR);

	TRY(fcntl(fd, F_SETLK, &l));
	note_getlk(fd, F_WRLCK, 0, 0);
	note_getlk(fd, F_RDLCK, 200, 10);
	l = range(F_WRLCK, 150, 10);
	TRY(fcntl(fd, F_SETLK, &l));
	l = range(F_RDLCK, 200, 10);
	TRY(fcntl(fd, F_SETLK, &l));
	note_getlk(link, F_WRLCK, 0, 0);
	TRY(flock(fd, LOCK_SH | LOCK_NB));
}

static void lock_posix(void)
{
	struct flock l = range(F_WRLCK, 0, 100);
	int fd = open("f", O_RDWR), h = open("h1", O_RDWR), again;

	TRY(fcntl(fd, F_SETLK, &l));
	l = range(F_RDLCK, 200, 50);
	TRY(fcntl(fd, F_SETLK, &l));
	l = range(F_WRLCK, 5, 5);
	TRY(fcntl(h, F_SETLK, &l));
	obs_child(others_locks);
	l = range(F_UNLCK, 20, 30);
	TRY(fcntl(fd, F_SETLK, &l));
	obs_child(others_locks);
	again = open("f", O_RDONLY);
	close(again);
	obs_note("any close lets go of the process's locks");
	obs_child(others_locks);
	close(fd);
	close(h);
}

static void flock_other(void)
{
	int fd = open("f", O_RDONLY);

	TRY(flock(fd, LOCK_SH | LOCK_NB));
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	TRY(flock(fd, LOCK_UN));
}

static void lock_flock(void)
{
	int a = open("f", O_RDWR), b = open("f", O_RDWR), c = dup(a);

	TRY(flock(a, LOCK_EX | LOCK_NB));
	TRY(flock(b, LOCK_SH | LOCK_NB));
	TRY(flock(c, LOCK_EX | LOCK_NB));
	obs_child(flock_other);
	close(a);
	TRY(flock(b, LOCK_SH | LOCK_NB));
	close(c);
	TRY(flock(b, LOCK_SH | LOCK_NB));
	obs_child(flock_other);
	NUM(pwrite(b, "x", 1, 0));
	obs_child(flock_other);
	TRY(unlink("f"));
	TRY(flock(b, LOCK_EX | LOCK_NB));
	close(b);
	b = open("d", O_RDONLY);
	TRY(flock(b, LOCK_EX | LOCK_NB));
	close(b);
}

static void lock_open_file(void)
{
	struct flock l = range(F_WRLCK, 0, 100);
	int a = open("f", O_RDWR), b = open("f", O_RDWR);

	TRY(fcntl(a, F_OFD_SETLK, &l));
	TRY(fcntl(b, F_OFD_SETLK, &l));
	l = range(F_RDLCK, 100, 10);
	TRY(fcntl(b, F_OFD_SETLK, &l));
	close(a);
	l = range(F_WRLCK, 0, 100);
	TRY(fcntl(b, F_OFD_SETLK, &l));
	close(b);
}

static void wait_for_lock(void)
{
	struct flock l = range(F_WRLCK, 0, 0);
	int fd = open("f", O_RDWR);

	TRY(fcntl(fd, F_SETLKW, &l));
	NUM(pwrite(fd, "second", 6, 0));
}

static void lock_wait(void)
{
	struct flock l = range(F_WRLCK, 0, 0);
	int fd = open("f", O_RDWR);
	pid_t pid;

	TRY(fcntl(fd, F_SETLK, &l));
	pid = fork();
	if (!pid) {
		wait_for_lock();
		_exit(0);
	}
	obs_pause(100);
	NUM(pwrite(fd, "first!", 6, 0));
	close(fd);
	obs_pause(200);
	obs_show("f");
}

const struct obs_case lock_cases[] = {
	{ "lock_posix", 0, lock_posix, NULL },
	{ "lock_flock", 0, lock_flock, NULL },
	{ "lock_open_file", 0, lock_open_file, NULL },
	{ "lock_wait", 0, lock_wait, NULL },
	{ NULL, 0, NULL, NULL },
};
