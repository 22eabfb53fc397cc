/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor.h"

void doctor_fuse_device(struct finding *f)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int e = errno;

	if (fd >= 0) {
		close(fd);
		doctor_say(f, DOCTOR_OK, "/dev/fuse can be opened");
		return;
	}
	doctor_say(f, DOCTOR_MISSING, "/dev/fuse cannot be opened: %s",
		   strerror(e));
	if (e == EACCES || e == EPERM)
		doctor_fix(f, "chmod 666 /dev/fuse");
	else if (!access("/dev/fuse", F_OK))
		doctor_fix(f, "modprobe fuse");
	else
		doctor_fix(f, "modprobe fuse; [ -e /dev/fuse ] || "
			      "mknod -m 666 /dev/fuse c 10 229");
}

void doctor_fusermount(struct finding *f)
{
	char path[256];
	struct stat st;

	if (!doctor_find_program("fusermount3", path, sizeof(path))) {
		if (!geteuid()) {
			doctor_say(f, DOCTOR_OK, "not found, but root needs none");
			return;
		}
		doctor_say(f, DOCTOR_MISSING, "fusermount3 is not in PATH");
		doctor_fix_package(f, "fuse3");
		return;
	}
	if (geteuid() && !stat(path, &st) &&
	    !(st.st_mode & S_ISUID && st.st_uid == 0)) {
		doctor_say(f, DOCTOR_MISSING, "%s is not set-uid root", path);
		doctor_fix(f, "chown root %s && chmod u+s %s", path, path);
		return;
	}
	if (geteuid() && access("/etc/mtab", R_OK)) {
		doctor_say(f, DOCTOR_MISSING, "%s cannot unmount without "
			   "/etc/mtab", path);
		doctor_fix(f, "ln -s ../proc/self/mounts /etc/mtab");
		return;
	}
	doctor_say(f, DOCTOR_OK, "%s", path);
}

/* 1 where a line of the file is the word. */
static int has_line(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int found = 0;

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, " \t\r\n#")] = '\0';
		found = !strcmp(line, word);
	}
	if (file)
		fclose(file);
	return found;
}

void doctor_allow_other(struct finding *f)
{
	if (!geteuid() || has_line("/etc/fuse.conf", "user_allow_other")) {
		doctor_say(f, DOCTOR_OK, "-o allow_other can be used");
		return;
	}
	doctor_say(f, DOCTOR_OK, "-o allow_other (for containers and other "
		   "users) is for root alone; see fuse.conf(5)");
	doctor_fix(f, "echo user_allow_other >>/etc/fuse.conf");
}

void doctor_libfuse(struct finding *f)
{
#ifdef HAVE_FUSE_URING
	doctor_say(f, DOCTOR_OK, "%s, with io_uring", LIBFUSE_VERSION);
#else
	doctor_say(f, DOCTOR_SLOW, "%s, without io_uring: scrim can be built "
		   "with a newer one of its own", LIBFUSE_VERSION);
	doctor_fix(f, "sh contrib/build-libfuse.sh");
#endif
}

void doctor_uring(struct finding *f)
{
	static const char *const parameter =
		"/sys/module/fuse/parameters/enable_uring";
	char text[32];

	if (doctor_read("/proc/sys/kernel/io_uring_disabled", text,
			sizeof(text)) && strcmp(text, "0")) {
		doctor_say(f, DOCTOR_SLOW, "io_uring is switched off "
			   "(kernel.io_uring_disabled = %s)", text);
		doctor_fix(f, "sysctl -w kernel.io_uring_disabled=0");
	} else if (!doctor_read(parameter, text, sizeof(text))) {
		doctor_say(f, DOCTOR_SLOW, "FUSE over io_uring needs Linux 6.14 "
			   "or newer, with the module fuse loaded");
	} else if (text[0] == 'Y' || text[0] == '1') {
		doctor_say(f, DOCTOR_OK, "FUSE over io_uring is on");
	} else {
		doctor_say(f, DOCTOR_SLOW, "FUSE over io_uring is off; /dev/fuse "
			   "is used");
		doctor_fix(f, "echo 1 >%s", parameter);
	}
}
