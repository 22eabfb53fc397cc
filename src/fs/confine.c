/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
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

static uint64_t known_rights(long version)
{
	uint64_t rights = FS_V1;

	if (version >= 2)
		rights |= FS_REFER;
	if (version >= 3)
		rights |= FS_TRUNCATE;
	return rights;
}

static int landlock(const char *workspace, const char *session,
		    const char *cache)
{
	struct landlock_ruleset_attr attr = { 0 };
	uint64_t write;
	long version;
	int fd, r = -1;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			  LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return 0;
	attr.handled_access_fs = known_rights(version);
	write = attr.handled_access_fs & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
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
