/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_ACCESS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* All that version 1 of Landlock knows; later rights are added by version. */
#define FS_V1 (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |   \
	       READ_ACCESS | LANDLOCK_ACCESS_FS_REMOVE_DIR |		      \
	       LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |    \
	       LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |  \
	       LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FS_REFER (1ull << 13)		/* version 2 */
#define FS_TRUNCATE (1ull << 14)	/* version 3 */
#define FS_IOCTL_DEV (1ull << 15)	/* version 5 */
#define NET_ALL 3ull			/* version 4: TCP, bind and connect */
#define SCOPE_ALL 3ull			/* version 6: abstract sockets, signals */

/* As of version 6; an older kernel is told of so much of it as it knows. */
struct ruleset_attr {
	uint64_t fs, net, scoped;
};

int confine_memory(void)
{
	struct rlimit none = { 0, 0 };
	int held = 0;

	if (!prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		held |= CONFINED_DUMPABLE;
	if (!setrlimit(RLIMIT_CORE, &none))
		held |= CONFINED_CORE;
	return held;
}

static int allow(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	int r;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -1;
	r = (int)syscall(SYS_landlock_add_rule, ruleset,
			 LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return r;
}

/* What the version knows; returns the size of the attributes that it has. */
static size_t known_rights(long version, struct ruleset_attr *attr)
{
	attr->fs = FS_V1;
	if (version >= 2)
		attr->fs |= FS_REFER;
	if (version >= 3)
		attr->fs |= FS_TRUNCATE;
	if (version >= 4)
		attr->net = NET_ALL;
	if (version >= 5)
		attr->fs |= FS_IOCTL_DEV;
	if (version >= 6)
		attr->scoped = SCOPE_ALL;
	return version >= 6 ? sizeof(*attr) : version >= 4 ?
	       offsetof(struct ruleset_attr, scoped) :
	       offsetof(struct ruleset_attr, net);
}

static int landlock(const char *workspace, const char *session,
		    const char *cache)
{
	struct ruleset_attr attr = { 0 };
	uint64_t write;
	size_t size;
	long version;
	int fd, r = -1;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			  LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return 0;
	size = known_rights(version, &attr);
	write = attr.fs & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE &
		~FS_IOCTL_DEV;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (fd < 0)
		return 0;
	if (!allow(fd, workspace, READ_ACCESS) && !allow(fd, session, write) &&
	    !allow(fd, "/proc", READ_ACCESS)) {
		/* how many processors there are, which libfuse asks for */
		allow(fd, "/sys/devices/system", READ_ACCESS);
		if (cache)
			allow(fd, cache, write);
		r = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	}
	close(fd);
	return r ? 0 : CONFINED_LANDLOCK;
}

int confine_files(const char *workspace, const char *session,
		  const char *cache)
{
	int held = confine_memory();

	if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		held |= CONFINED_NO_NEW_PRIVS;
	return held | landlock(workspace, session, cache);
}
