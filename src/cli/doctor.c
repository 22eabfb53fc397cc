/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/doctor.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct doctor_check doctor_checks[] = {
	{ "fuse-device", doctor_fuse_device },
	{ "fusermount3", doctor_fusermount },
	{ "openat2", doctor_openat2 },
	{ "bubblewrap", doctor_bubblewrap },
	{ "user-namespaces", doctor_user_namespaces },
	{ "landlock", doctor_landlock },
	{ "daemon", doctor_daemon },
	{ "allow-other", doctor_allow_other },
	{ "libfuse", doctor_libfuse },
	{ "io-uring", doctor_uring },
	{ "open-files", doctor_open_files },
	{ "inotify", doctor_inotify },
	{ "state-dir", doctor_state_dir },
};
const size_t doctor_n_checks =
	sizeof(doctor_checks) / sizeof(doctor_checks[0]);

void doctor_say(struct finding *f, enum doctor_state state, const char *fmt, ...)
{
	va_list ap;

	f->state = state;
	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
}

void doctor_fix(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->fix, sizeof(f->fix), fmt, ap);
	va_end(ap);
}

void doctor_fix_package(struct finding *f, const char *debian)
{
	static const struct {
		const char *manager, *command;
	} managers[] = {
		{ "apt-get", "apt-get install" },
		{ "dnf", "dnf install" },
		{ "pacman", "pacman -S" },
		{ "apk", "apk add" },
		{ "zypper", "zypper install" },
	};
	char path[256];

	for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++)
		if (doctor_find_program(managers[i].manager, path,
					sizeof(path))) {
			doctor_fix(f, "%s %s", managers[i].command, debian);
			return;
		}
	doctor_fix(f, "install %s", debian);
}

int doctor_find_program(const char *name, char *out, size_t size)
{
	const char *path = getenv("PATH");

	/* Where root's programs are is not in everybody's PATH. */
	const char *const places[] = { path ? path : "", "/usr/sbin:/sbin" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (const char *p = places[i]; *p;) {
			int len = (int)strcspn(p, ":");

			if (len && snprintf(out, size, "%.*s/%s", len, p, name) <
				   (int)size && !access(out, X_OK))
				return 1;
			p += len + (p[len] == ':');
		}
	}
	return 0;
}

int doctor_read(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return 0;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 1;
}
