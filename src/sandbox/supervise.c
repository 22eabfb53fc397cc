/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "sandbox/init.h"
#include "sandbox/sandbox.h"
#include "sandbox/scope.h"
#include "sandbox/supervise.h"
#include "sandbox/warden.h"
#include "util/buf.h"
#include "util/io.h"

#define FD_MAX 32

static const int passed_on[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM,
	SIGINT, SIGQUIT };

#define N_PASSED (sizeof(passed_on) / sizeof(passed_on[0]))

struct terminal {
	int fd;			/* -1: none, or not ours to mend */
	struct termios modes;
};

struct running {
	const struct sandbox *sandbox;
	struct warden warden;	/* of bwrap, or of systemd-run, which becomes it */
	pid_t init;		/* 0 until bwrap has told */
	int report[2], info[2];
	int said, env;		/* memory files */
	sigset_t waited;
};

int supervise_ignored(struct strlist *out)
{
	struct sigaction sa;
	char word[16];
	int s, r = 0;

	for (s = 1; s < NSIG && !r; s++) {
		if (sigaction(s, NULL, &sa) < 0 || sa.sa_handler != SIG_IGN)
			continue;
		snprintf(word, sizeof(word), "-i%d", s);
		r = strlist_add(out, word);
	}
	return r;
}

static void terminal_save(struct terminal *t)
{
	t->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (t->fd >= 0 && (tcgetpgrp(t->fd) != getpgrp() ||
			   tcgetattr(t->fd, &t->modes) < 0))
		io_close(&t->fd);
}

static void terminal_restore(struct terminal *t)
{
	sigset_t ttou, old;

	if (t->fd < 0)
		return;
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &old);
	tcsetpgrp(t->fd, getpgrp());
	tcsetattr(t->fd, TCSADRAIN, &t->modes);
	tcflush(t->fd, TCIFLUSH);
	sigprocmask(SIG_SETMASK, &old, NULL);
	io_close(&t->fd);
}

/* In the child: the descriptors that init.h and the words of argv name. */
static int arrange(const struct running *r)
{
	const struct sandbox *s = r->sandbox;
	const int first[] = { r->report[1], STDERR_FILENO, r->env, r->info[1] };
	int high[FD_MAX], i, n = 4 + (int)s->n_fds;

	if (n > FD_MAX)
		return -EMFILE;
	for (i = 0; i < n; i++) {
		high[i] = fcntl(i < 4 ? first[i] : s->fds[i - 4], F_DUPFD,
				INIT_FD_STATUS + n);
		if (high[i] < 0)
			return -errno;
	}
	if (dup2(r->said, STDERR_FILENO) < 0)
		return -errno;
	for (i = 0; i < n; i++)
		if (dup2(high[i], INIT_FD_STATUS + i) < 0)
			return -errno;
	return syscall(SYS_close_range, INIT_FD_STATUS + n, ~0u, 0) < 0 ?
		-errno : 0;
}

static void child(void *payload)
{
	const struct running *r = payload;
	const struct sandbox *s = r->sandbox;
	char **argv = calloc(s->argv.n + 1, sizeof(*argv));
	struct rlimit none = { 0, 0 };
	sigset_t empty;
	size_t i;

	if (!argv || arrange(r))
		_exit(126);
	memcpy(argv, s->argv.at, s->argv.n * sizeof(*argv));
	/* bwrap must outlive these: scrim-init sets them as they were */
	for (i = 0; i < N_PASSED; i++)
		signal(passed_on[i], SIG_IGN);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	setrlimit(RLIMIT_CORE, &none);
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	if (s->scoped && scope_abstract_sockets())
		_exit(126);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int environ_file(const struct strlist *env, int *out)
{
	int fd = memfd_create("environ", MFD_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < env->n && !r; i++)
		r = io_write_full(fd, env->at[i], strlen(env->at[i]) + 1);
	if (r)
		close(fd);
	else
		*out = fd;
	return r;
}

static int prepare(struct running *r, const struct strlist *env)
{
	size_t i;

	sigemptyset(&r->waited);
	sigaddset(&r->waited, SIGCHLD);
	for (i = 0; i < N_PASSED; i++)
		sigaddset(&r->waited, passed_on[i]);
	if (pipe2(r->report, O_CLOEXEC) < 0 || pipe2(r->info, O_CLOEXEC) < 0)
		return -errno;
	r->said = memfd_create("said", MFD_CLOEXEC);
	return r->said < 0 ? -errno : environ_file(env, &r->env);
}

/* {"child-pid": N, ...}: the number, as we see that process. */
static pid_t read_init_pid(int fd)
{
	struct buf b = BUF_INIT;
	const char *at;
	long pid = 0;

	if (!io_read_all(fd, 4096, &b)) {
		at = strstr(b.ptr, "\"child-pid\"");
		at = at ? strchr(at, ':') : NULL;
		pid = at ? strtol(at + 1, NULL, 10) : 0;
	}
	buf_release(&b);
	return pid > 1 ? (pid_t)pid : 0;
}

/* What the terminal sent reached the command too; that of init is ours alone. */
static int is_sent(const siginfo_t *si)
{
	return si->si_code <= 0 || si->si_signo == SIGHUP;
}

static int wait_for_end(struct running *r)
{
	siginfo_t si;
	int sig, status;

	for (;;) {
		if (waitpid(r->warden.pid, &status, WNOHANG) == r->warden.pid)
			break;
		sig = sigwaitinfo(&r->waited, &si);
		if (sig > 0 && sig != SIGCHLD && r->init && is_sent(&si))
			kill(r->init, sig);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) :
		128 + WTERMSIG(status);
}

static int no_start(struct running *r, const struct init_report *report,
		    const char *command, struct err *err)
{
	struct buf said = BUF_INIT;

	if (report->stage == INIT_NO_COMMAND)
		err_errno(err, -report->error, "%s: not started in the sandbox",
			  command);
	else if (report->stage == INIT_NO_FORWARDER)
		err_errno(err, -report->error, "--net=proxy: no forwarder in "
			  "the sandbox; install socat");
	else if (report->stage == INIT_NO_LIMIT)
		err_errno(err, -report->error, "the limits could not be set");
	else if (lseek(r->said, 0, SEEK_SET) == 0 &&
		 !io_read_all(r->said, 4096, &said))
		supervise_explain(said.ptr, err);
	buf_release(&said);
	return err->code;
}

/* "-- INIT OPTION... -- COMMAND" ends the command line. */
static const char *command_of(const struct sandbox *s)
{
	char *const *at = s->argv.at;
	size_t i, n = s->argv.n;

	for (i = 0; i + 1 < n && (strcmp(at[i], "--") ||
				  strcmp(at[i + 1], INIT_PROGRAM)); i++)
		;
	for (i++; i < n && strcmp(at[i], "--"); i++)
		;
	return i + 1 < n ? at[i + 1] : "";
}

static int follow(struct running *r, int *status, struct err *err)
{
	struct init_report report = { 0, 0 };
	ssize_t n;

	io_close(&r->report[1]);
	io_close(&r->info[1]);
	r->init = read_init_pid(r->info[0]);
	n = io_read_full(r->report[0], &report, sizeof(report));
	*status = wait_for_end(r);
	if (n != (ssize_t)sizeof(report) || report.stage != INIT_STARTED)
		return no_start(r, &report, command_of(r->sandbox), err);
	return 0;
}

int supervise_run(const struct sandbox *s, const struct strlist *env,
		  int *status, struct err *err)
{
	struct running r = { s, WARDEN_INIT, 0, { -1, -1 }, { -1, -1 }, -1, -1,
		{ { 0 } } };
	struct err why = ERR_INIT;
	struct terminal t;
	sigset_t old;
	int ret = prepare(&r, env);

	if (ret) {
		err_errno(err, ret, "sandbox");
		goto out;
	}
	terminal_save(&t);
	sigprocmask(SIG_BLOCK, &r.waited, &old);
	ret = warden_start(&r.warden, child, &r);
	ret = ret ? err_errno(&why, ret, "fork") : follow(&r, status, &why);
	warden_release(&r.warden);
	terminal_restore(&t);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (ret)
		err_set(err, ret, "%s", why.msg);
out:
	io_close(&r.report[0]);
	io_close(&r.report[1]);
	io_close(&r.info[0]);
	io_close(&r.info[1]);
	io_close(&r.said);
	io_close(&r.env);
	return ret;
}
