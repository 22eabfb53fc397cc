/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/warden.h"
#include "util/io.h"
#include "util/procstat.h"

struct watched {
	pid_t first;		/* the program; 0 once it has ended */
	int status;		/* its exit status */
	int hold;		/* our end of the pipe */
	int ended;		/* a signalfd of SIGCHLD */
};

static void keep_only(const struct watched *w)
{
	int low = w->hold < w->ended ? w->hold : w->ended;
	int high = w->hold < w->ended ? w->ended : w->hold;

	if (low > 0)
		close_range(0, (unsigned)low - 1, 0);
	if (high > low + 1)
		close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	close_range((unsigned)high + 1, ~0u, 0);
}

/* 1 while there are children. */
static int reap(struct watched *w)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != w->first)
			continue;
		w->first = 0;
		w->status = WIFEXITED(status) ? WEXITSTATUS(status) :
			128 + WTERMSIG(status);
	}
	return !pid;
}

/* Whoever is our child now; none of them can be anybody else's. */
static void kill_children(void)
{
	const struct dirent *e;
	DIR *d = opendir("/proc");
	struct procstat p;

	while (d && (e = readdir(d))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid > 0 && !procstat_read(pid, &p) && p.parent == getpid())
			kill(pid, SIGKILL);
	}
	if (d)
		closedir(d);
}

static void __attribute__((noreturn)) watch(struct watched *w)
{
	struct pollfd p[] = { { w->ended, POLLIN, 0 }, { w->hold, 0, 0 } };
	struct signalfd_siginfo si;

	while (reap(w)) {
		if (!w->first || p[1].revents)
			kill_children();
		if (poll(p, p[1].revents ? 1 : 2, -1) > 0 &&
		    p[0].revents & POLLIN &&
		    read(w->ended, &si, sizeof(si)) < 0)
			break;
	}
	_exit(w->status);
}

static void __attribute__((noreturn)) serve(int hold,
					    void (*start)(void *payload),
					    void *payload)
{
	struct watched w = { 0, 126, hold, -1 };
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	w.ended = signalfd(-1, &all, SFD_CLOEXEC);
	if (w.ended < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		_exit(126);
	w.first = fork();
	if (!w.first) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		start(payload);
		_exit(126);
	}
	if (w.first < 0)
		_exit(126);
	keep_only(&w);
	watch(&w);
}

int warden_start(struct warden *w, void (*start)(void *payload), void *payload)
{
	int p[2], r = 0;

	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	w->pid = fork();
	if (!w->pid) {
		close(p[1]);
		serve(p[0], start, payload);
	}
	if (w->pid < 0)
		r = -errno;
	close(p[0]);
	w->hold = p[1];
	if (r)
		io_close(&w->hold);
	return r;
}

void warden_release(struct warden *w)
{
	io_close(&w->hold);
	w->pid = -1;
}
