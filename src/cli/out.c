/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "review/gituser.h"
#include "util/esc.h"

/* The pager's process; 0 while there is none. Part of the option storage. */
static pid_t pager;
static int paged_terminal;

static void say(const char *before, const char *msg, const char *after)
{
	struct buf b = BUF_INIT;

	esc_add(&b, msg, strlen(msg), ESC_NAME);
	fflush(stdout);
	fprintf(stderr, "%s%s%s\n", before, b.ptr, after);
	buf_release(&b);
}

int out_err(const struct err *err)
{
	say("scrim: ", err->msg[0] ? err->msg : strerror(-err->code), "");
	return STATUS_FAILED;
}

int out_fail(const char *fmt, ...)
{
	struct err err = ERR_INIT;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err.msg, sizeof(err.msg), fmt, ap);
	va_end(ap);
	return out_err(&err);
}

int out_usage(const char *cmd, const char *fmt, ...)
{
	char msg[512], before[64], after[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	snprintf(before, sizeof(before), "scrim%s%s: ", cmd ? " " : "",
		 cmd ? cmd : "");
	if (cmd)
		snprintf(after, sizeof(after), "; see scrim %s --help", cmd);
	else
		snprintf(after, sizeof(after), "; see scrim help");
	say(before, msg, after);
	return STATUS_USAGE;
}

void out_warn(const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	say("scrim: warning: ", msg, "");
}

void out_note(const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	say("scrim: ", msg, "");
}

int out_init(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", modes[fd]) != fd)
			return -errno;
	}
	return 0;
}

static int flush_stdout(void)
{
	errno = 0;
	if (fflush(stdout) || ferror(stdout))
		return errno ? -errno : -EIO;
	return 0;
}

void out_told(const char *what)
{
	int ret = flush_stdout();

	if (!ret)
		return;
	__fpurge(stdout);
	clearerr(stdout);
	out_warn("%s, though the output cannot be written: %s", what,
		 strerror(-ret));
}

static void wait_for_pager(void)
{
	/* The pager ends its reading at the end of its input. */
	close(STDOUT_FILENO);
	while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		continue;
	pager = 0;
}

int out_finish(int status)
{
	int ret = flush_stdout();

	if (pager) {
		wait_for_pager();
		return status;
	}
	if (ret)
		return out_fail("cannot write the output: %s", strerror(-ret));
	return status;
}

/* As git finds it, but that no repository is asked. Into out; 0 for none. */
static int pager_command(struct buf *out)
{
	const char *cmd = getenv("GIT_PAGER");

	if (!cmd && !gituser_get("core.pager", out))
		cmd = out->ptr;
	if (!cmd)
		cmd = getenv("PAGER");
	if (!cmd)
		cmd = "less";
	if (cmd != out->ptr) {
		buf_clear(out);
		buf_addstr(out, cmd);
	}
	return !buf_oom(out) && out->len && strcmp(out->ptr, "cat");
}

static void exec_pager(const char *cmd, const int pipefd[2])
{
	dup2(pipefd[0], STDIN_FILENO);
	close(pipefd[0]);
	close(pipefd[1]);
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
	_exit(127);
}

void out_pager(void)
{
	struct buf cmd = BUF_INIT;
	int pipefd[2];
	pid_t pid;

	if (opt_common.no_pager || pager || !isatty(STDOUT_FILENO))
		return;
	if (!pager_command(&cmd) || pipe2(pipefd, O_CLOEXEC)) {
		buf_release(&cmd);
		return;
	}
	pid = fork();
	if (!pid)
		exec_pager(cmd.ptr, pipefd);
	buf_release(&cmd);
	if (pid > 0) {
		pager = pid;
		paged_terminal = 1;
		dup2(pipefd[1], STDOUT_FILENO);
		/* Who leaves the pager early has seen enough. */
		signal(SIGPIPE, SIG_IGN);
		signal(SIGINT, SIG_IGN);
	}
	close(pipefd[0]);
	close(pipefd[1]);
}

int out_is_terminal(void)
{
	return paged_terminal || isatty(STDOUT_FILENO);
}

static int use_color(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!strcmp(opt_common.color, "always"))
		return 1;
	if (!strcmp(opt_common.color, "never") || (none && *none))
		return 0;
	return out_is_terminal() && term && strcmp(term, "dumb");
}

const char *out_style(enum out_style s)
{
	static const char *const codes[] = {
		[OUT_PLAIN] = "\033[m",	   [OUT_BOLD] = "\033[1m",
		[OUT_DIM] = "\033[2m",	   [OUT_RED] = "\033[31m",
		[OUT_GREEN] = "\033[32m",  [OUT_YELLOW] = "\033[33m",
		[OUT_CYAN] = "\033[36m",
	};

	return use_color() ? codes[s] : "";
}

int out_can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

int out_ask(const char *fmt, ...)
{
	char question[512], answer[16];
	va_list ap;

	if (opt_common.yes)
		return 1;
	if (!out_can_ask())
		return 0;
	va_start(ap, fmt);
	vsnprintf(question, sizeof(question), fmt, ap);
	va_end(ap);
	fflush(stdout);
	esc_puts(stderr, question);
	fputs(" [y/N] ", stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		return 0;
	return !strcasecmp(answer, "y\n") || !strcasecmp(answer, "yes\n");
}

int out_columns(void)
{
	struct winsize w;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col)
		return w.ws_col;
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col)
		return w.ws_col;
	return 80;
}
