/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/io.h"

#define SAID_MAX (1u << 20)
#define READ_MAX (64u << 20)

/* Tools for file systems are where an ordinary user's PATH does not lead. */
static void widen_path(void)
{
	const char *path = getenv("PATH");
	char *wide;

	if (asprintf(&wide, "%s:/usr/sbin:/sbin:/usr/bin:/bin",
		     path ? path : "") < 0)
		return;
	setenv("PATH", wide, 1);
	free(wide);
}

static void __attribute__((noreturn)) child(const char *const *argv,
					    const char *const *env, int in,
					    int to, int said)
{
	int null = open("/dev/null", O_RDONLY);

	dup2(in >= 0 ? in : null, STDIN_FILENO);
	dup2(to, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	widen_path();
	for (; env && *env; env++) {
		char *copy = strdup(*env);

		if (copy)
			putenv(copy);
	}
	execvp(argv[0], (char *const *)argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* The last line of what it said is, as a rule, why it failed. */
static int failed(const char *name, int said, struct err *err)
{
	struct buf b = BUF_INIT;
	const char *line;

	if (lseek(said, 0, SEEK_SET) < 0 || io_read_all(said, SAID_MAX, &b))
		buf_clear(&b);
	while (b.len && b.ptr[b.len - 1] == '\n')
		buf_cut(&b, b.len - 1);
	line = strrchr(b.ptr, '\n');
	err_set(err, -EIO, "%s failed: %s", name, line ? line + 1 : b.ptr);
	buf_release(&b);
	return -EIO;
}

/* Waits for the program, which is to have said to said what was wrong. */
static int run(const char *const *argv, const char *const *env, int in, int to,
	       int said, struct err *err)
{
	int status = 0, r = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		child(argv, env, in, to, said);
	if (pid < 0)
		return err_errno(err, -errno, "%s", argv[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		r = -ENOENT;
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		r = failed(argv[0], said, err);
	return r;
}

int tool_run(const char *const *argv, const char *const *env, int in,
	     const char *package, struct err *err)
{
	int said = memfd_create("said", MFD_CLOEXEC), r;

	if (said < 0)
		return err_errno(err, -errno, "%s", argv[0]);
	r = run(argv, env, in, said, said, err);
	if (r == -ENOENT)
		err_set(err, r, "%s is not installed; install the package %s",
			argv[0], package);
	io_close(&said);
	return r;
}

int tool_read(const char *const *argv, int in, struct buf *out, struct err *err)
{
	int said = memfd_create("said", MFD_CLOEXEC);
	int to = memfd_create("out", MFD_CLOEXEC), r = 0;

	if (said < 0 || to < 0)
		r = err_errno(err, -errno, "%s", argv[0]);
	if (!r)
		r = run(argv, NULL, in, to, said, err);
	if (!r && (lseek(to, 0, SEEK_SET) < 0 ||
		   io_read_all(to, READ_MAX, out)))
		r = err_set(err, -EIO, "%s said too much", argv[0]);
	io_close(&said);
	io_close(&to);
	return r;
}

int tool_own(const char *name, char **out, struct err *err)
{
	char exe[PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n > 0) {
		exe[n] = '\0';
		slash = strrchr(exe, '/');
		*slash = '\0';
		if (asprintf(out, "%s/%s", exe, name) < 0)
			return err_set(err, -ENOMEM, "out of memory");
		if (!access(*out, X_OK))
			return 0;
		free(*out);
	}
	if (asprintf(out, "%s/%s", LIBEXECDIR, name) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	if (!access(*out, X_OK))
		return 0;
	err_set(err, -ENOENT, "%s is missing; install scrim anew", *out);
	free(*out);
	*out = NULL;
	return -ENOENT;
}
