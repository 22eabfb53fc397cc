/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/init.h"

struct init {
	sigset_t ignored;	/* -i */
	sigset_t handled;	/* by the loop, and blocked meanwhile */
	unsigned long long processes, bytes;
	int cpus, port;
	int signals;		/* a signalfd of those */
	char **command;
	char **env;
	pid_t child;
};

static int report(int stage, int error)
{
	struct init_report r = { stage, error };

	while (write(INIT_FD_STATUS, &r, sizeof(r)) < 0 && errno == EINTR)
		;
	return -error;
}

static void parse(struct init *in, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+i:n:m:c:p:")) != -1) {
		if (c == 'i')
			sigaddset(&in->ignored, atoi(optarg));
		else if (c == 'n')
			in->processes = strtoull(optarg, NULL, 10);
		else if (c == 'm')
			in->bytes = strtoull(optarg, NULL, 10);
		else if (c == 'c')
			in->cpus = atoi(optarg);
		else if (c == 'p')
			in->port = atoi(optarg);
		else
			exit(2);
	}
	in->command = argv + optind;
	if (!*in->command)
		exit(2);
}

/* The block of INIT_FD_ENVIRON as an array; it lives as long as we do. */
static char **read_environ(void)
{
	struct stat st;
	char *block, *p, **env;
	size_t n = 0, at = 0;
	ssize_t got;

	if (fstat(INIT_FD_ENVIRON, &st) < 0)
		return NULL;
	block = calloc(1, (size_t)st.st_size + 1);
	if (!block)
		return NULL;
	got = pread(INIT_FD_ENVIRON, block, (size_t)st.st_size, 0);
	if (got < 0 || got != st.st_size)
		return NULL;
	for (p = block; p < block + got; p += strlen(p) + 1)
		n++;
	env = calloc(n + 1, sizeof(*env));
	if (!env)
		return NULL;
	for (p = block; p < block + got; p += strlen(p) + 1)
		env[at++] = p;
	return env;
}

static int set_limit(int which, unsigned long long value)
{
	struct rlimit l = { value, value };

	return value && setrlimit(which, &l) < 0 ? -errno : 0;
}

/* Keeps the first n of the processors that we may use. */
static int set_cpus(int n)
{
	cpu_set_t now, kept;
	int i;

	if (!n)
		return 0;
	if (sched_getaffinity(0, sizeof(now), &now) < 0)
		return -errno;
	CPU_ZERO(&kept);
	for (i = 0; i < CPU_SETSIZE && n > 0; i++) {
		if (CPU_ISSET(i, &now)) {
			CPU_SET(i, &kept);
			n--;
		}
	}
	return sched_setaffinity(0, sizeof(kept), &kept) < 0 ? -errno : 0;
}

static int set_limits(const struct init *in)
{
	int r;

	r = set_limit(RLIMIT_NPROC, in->processes);
	if (!r)
		r = set_limit(RLIMIT_DATA, in->bytes);
	if (!r)
		r = set_cpus(in->cpus);
	return r;
}

/* 1 where something listens on 127.0.0.1:port, in this network namespace. */
static int is_listening(int port)
{
	char line[256], want[64];
	FILE *f = fopen("/proc/net/tcp", "re");
	int yes = 0;

	/* as the kernel prints it: address in its own byte order, state 0A */
	snprintf(want, sizeof(want), " %08X:%04X 00000000:0000 0A ",
		 htonl(INADDR_LOOPBACK), (unsigned)port);
	while (f && !yes && fgets(line, sizeof(line), f))
		yes = strstr(line, want) != NULL;
	if (f)
		fclose(f);
	return yes;
}

/* The command must not be faster than the forwarder. */
static int wait_until_listening(int port, pid_t forwarder)
{
	const struct timespec pause = { 0, 1000000 };
	int i, status;

	for (i = 0; i < 10000; i++) {
		if (is_listening(port))
			return 0;
		if (waitpid(forwarder, &status, WNOHANG) == forwarder)
			return -ECHILD;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

/*
 * Runs program in a child of the given signal mask. The child tells of a failed
 * exec through a close-on-exec pipe, so that "not found" is known before we go on.
 */
static pid_t spawn(const struct init *in, char **argv, int forwarder)
{
	int p[2], e = 0;
	sigset_t none;
	int s;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (!pid) {
		for (s = 1; s < NSIG; s++)
			signal(s, sigismember(&in->ignored, s) == 1 ?
			       SIG_IGN : SIG_DFL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (forwarder)
			setsid();
		environ = in->env;
		execvp(argv[0], argv);
		e = errno;
		if (write(p[1], &e, sizeof(e)) < 0)
			_exit(126);
		_exit(127);
	}
	e = pid < 0 ? errno : 0;
	close(p[1]);
	if (pid > 0 && read(p[0], &e, sizeof(e)) != (ssize_t)sizeof(e))
		e = 0;
	close(p[0]);
	return e ? -e : pid;
}

static int start_forwarder(const struct init *in)
{
	char from[80];
	char to[] = "UNIX-CONNECT:" INIT_PROXY_SOCKET;
	char name[] = "socat";
	char *argv[] = { name, from, to, NULL };
	pid_t pid;

	if (!in->port)
		return 0;
	snprintf(from, sizeof(from),
		 "TCP-LISTEN:%d,bind=127.0.0.1,reuseaddr,fork", in->port);
	pid = spawn(in, argv, 1);
	return pid < 0 ? (int)pid : wait_until_listening(in->port, pid);
}

/* The terminal's own signals reach the command without our help. */
static int from_outside(const struct signalfd_siginfo *si)
{
	return si->ssi_code <= 0 && si->ssi_pid == 0;
}

/*
 * The command stopped itself, and only itself: stop our process group, to which
 * scrim and the shell's notion of the job belong.
 */
static void follow_stop(const struct init *in, int sig)
{
	if (getpgid(in->child) == getpgrp() && sig != SIGTTIN && sig != SIGTTOU)
		kill(0, SIGTSTP);
}

/* Returns the command's exit status once it has one, else -1. */
static int reap(const struct init *in)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != in->child)
			continue;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (WIFSTOPPED(status))
			follow_stop(in, WSTOPSIG(status));
	}
	return -1;
}

static int loop(const struct init *in)
{
	struct pollfd p[] = { { in->signals, POLLIN, 0 },
			      { INIT_FD_STATUS, 0, 0 } };
	struct signalfd_siginfo si;
	int status;

	for (;;) {
		if (poll(p, 2, -1) > 0 && p[1].revents)
			return 128 + SIGKILL;
		if (!(p[0].revents & POLLIN) ||
		    read(in->signals, &si, sizeof(si)) != sizeof(si))
			continue;
		if (si.ssi_signo == SIGCHLD) {
			status = reap(in);
			if (status >= 0)
				return status;
		} else if (from_outside(&si)) {
			kill(in->child, (int)si.ssi_signo);
		}
	}
}

static void take_descriptors(void)
{
	dup2(INIT_FD_STDERR, STDERR_FILENO);
	close(INIT_FD_STDERR);
	fcntl(INIT_FD_STATUS, F_SETFD, FD_CLOEXEC);
	close_range(INIT_FD_ENVIRON, ~0u, 0);
}

int main(int argc, char **argv)
{
	static const int handled[] = { SIGCHLD, SIGTERM, SIGHUP, SIGINT,
		SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM };
	struct init in = { 0 };
	size_t i;
	int r;

	sigemptyset(&in.ignored);
	sigemptyset(&in.handled);
	for (i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&in.handled, handled[i]);
	sigprocmask(SIG_BLOCK, &in.handled, NULL);
	prctl(PR_SET_DUMPABLE, 0);
	parse(&in, argc, argv);
	in.env = read_environ();
	take_descriptors();
	if (!in.env)
		return report(INIT_NO_COMMAND, ENOMEM), 1;
	in.signals = signalfd(-1, &in.handled, SFD_CLOEXEC);
	if (in.signals < 0)
		return report(INIT_NO_COMMAND, errno), 1;
	r = start_forwarder(&in);
	if (r < 0)
		return report(INIT_NO_FORWARDER, -r), 1;
	r = set_limits(&in);
	if (r < 0)
		return report(INIT_NO_LIMIT, -r), 1;
	in.child = spawn(&in, in.command, 0);
	if (in.child < 0)
		return report(INIT_NO_COMMAND, (int)-in.child), 1;
	report(INIT_STARTED, 0);
	return loop(&in);
}
