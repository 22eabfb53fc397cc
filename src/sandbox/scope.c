/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/scope.h"

/* Of linux/landlock.h, which older systems have without "scoped". */
#define CREATE_VERSION (1u << 0)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ull << 0)
#define ABI_WITH_SCOPES 6

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

int scope_is_possible(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION) >=
		ABI_WITH_SCOPES;
}

int scope_abstract_sockets(void)
{
	struct ruleset_attr attr = { .scoped = SCOPE_ABSTRACT_UNIX_SOCKET };
	long fd, r;

	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return -errno;
	r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1 :
		syscall(SYS_landlock_restrict_self, (int)fd, 0);
	r = r < 0 ? -errno : 0;
	close((int)fd);
	return (int)r;
}
