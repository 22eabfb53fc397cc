/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/scratch.h"
#include "util/io.h"

/* Any directory that is always there: covered in the holder's eyes alone. */
#define PLACE "/tmp"

static int write_proc(const char *file, const char *fmt, unsigned id)
{
	char text[64];
	int fd, r, n = snprintf(text, sizeof(text), fmt, id, id);

	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = io_write_full(fd, text, (size_t)n);
	close(fd);
	return r;
}

/* As a user a namespace is needed in which we may mount. */
static int enter_namespaces(void)
{
	unsigned uid = getuid(), gid = getgid();
	int r;

	if (geteuid() == 0)
		return unshare(CLONE_NEWNS) < 0 ? -errno : 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	r = write_proc("/proc/self/setgroups", "deny", 0);
	if (!r)
		r = write_proc("/proc/self/uid_map", "%u %u 1", uid);
	if (!r)
		r = write_proc("/proc/self/gid_map", "%u %u 1", gid);
	return r;
}

static int mount_tmpfs(unsigned long long size)
{
	char options[128];

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	snprintf(options, sizeof(options), "mode=0700,size=%llu,uid=%u,gid=%u",
		 size, (unsigned)getuid(), (unsigned)getgid());
	if (mount("scrim", PLACE, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return -errno;
	return mkdir(PLACE "/state", 0700) < 0 ? -errno : 0;
}

static void __attribute__((noreturn)) hold(unsigned long long size, int wait_fd,
					   int tell_fd)
{
	sigset_t all;
	char c;
	int r;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	r = enter_namespaces();
	if (!r)
		r = mount_tmpfs(size);
	if (io_write_full(tell_fd, &r, sizeof(r)) || r)
		_exit(1);
	close(tell_fd);
	while (read(wait_fd, &c, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

int scratch_open(struct scratch *s, unsigned long long size, struct err *err)
{
	int wait[2] = { -1, -1 }, tell[2] = { -1, -1 }, r = 0;

	if (pipe2(wait, O_CLOEXEC) < 0 || pipe2(tell, O_CLOEXEC) < 0) {
		r = -errno;
		goto out;
	}
	s->holder = fork();
	if (!s->holder) {
		close(wait[1]);
		hold(size, wait[0], tell[1]);
	}
	if (s->holder < 0) {
		r = -errno;
		goto out;
	}
	io_close(&tell[1]);
	s->hold = wait[1];
	wait[1] = -1;
	if (io_read_full(tell[0], &r, sizeof(r)) != (ssize_t)sizeof(r))
		r = -EIO;
	if (!r && asprintf(&s->path, "/proc/%d/root" PLACE "/state",
			   (int)s->holder) < 0)
		r = -ENOMEM;
out:
	io_close(&wait[0]);
	io_close(&wait[1]);
	io_close(&tell[0]);
	io_close(&tell[1]);
	if (r) {
		scratch_close(s);
		err_errno(err, r, "--ephemeral needs a tmpfs of its own; see "
			  "scrim doctor for user namespaces");
	}
	return r;
}

void scratch_close(struct scratch *s)
{
	io_close(&s->hold);
	if (s->holder > 0)
		waitpid(s->holder, NULL, 0);
	s->holder = -1;
	free(s->path);
	s->path = NULL;
}
