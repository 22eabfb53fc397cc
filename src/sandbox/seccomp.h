/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_SECCOMP_H
#define SANDBOX_SECCOMP_H

#include "util/err.h"

/*
 * The system call filter of a sandbox, made by libseccomp.
 *
 * The boundary is made by the namespaces; the filter is the second line: it
 * takes away the calls that lead out of a terminal (TIOCSTI, TIOCLINUX), that
 * make new namespaces or mounts, that look into other processes, the families
 * of sockets that no network namespace holds (vsock) or that nobody needs, and
 * parts of the kernel with a long record of holes. A call by another
 * architecture's table than the native one ends the process.
 *
 * What a refused call returns is EPERM, or ENOSYS where programs know how to do
 * without it.
 */
enum seccomp_allow {
	SECCOMP_ALLOW_PTRACE = 1 << 0,	/* debuggers: ptrace, process_vm_* */
	SECCOMP_ALLOW_USERNS = 1 << 1,	/* sandboxes of the agent's own */
	SECCOMP_ALLOW_IO_URING = 1 << 2,
	SECCOMP_ALLOW_PERF = 1 << 3,
};

/* The flag of a word of --allow; -EINVAL, with all the words in err. */
int seccomp_allow_word(const char *word, size_t len, int *flag,
		       struct err *err);

/*
 * *fd is a new memory file, positioned at 0, that holds the program in the form
 * bwrap --seccomp takes; the caller closes it.
 */
int seccomp_filter(int allow, int *fd, struct err *err);

#endif
