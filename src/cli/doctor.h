/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stddef.h>

/*
 * What this machine has of what scrim needs. Each check looks at one thing,
 * changes nothing, and fills a finding. A command in fix is complete: it can be
 * typed by root as it stands.
 */
enum doctor_state {
	DOCTOR_OK,
	DOCTOR_SLOW,	/* all works, but slower than it could */
	DOCTOR_WEAK,	/* works, with less protection or less than all */
	DOCTOR_MISSING,	/* a command of scrim cannot work */
};

struct finding {
	enum doctor_state state;
	char what[240];	/* one line: what was found */
	char fix[240];	/* a command; "" where there is none */
};

struct doctor_check {
	const char *name;
	void (*look)(struct finding *f);
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_n_checks;

/*
 * For the checks: sets state and what; and fix. Package names are Debian's; the
 * command is that of the package manager that is found here.
 */
void doctor_say(struct finding *f, enum doctor_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_fix(struct finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_fix_package(struct finding *f, const char *debian);

/* The path of a program in $PATH in out, or 0 where there is none. */
int doctor_find_program(const char *name, char *out, size_t size);

/* A small file's content without the newline, or 0. */
int doctor_read(const char *path, char *out, size_t size);

/* scrim doctor SESSION, as a whole; the command's status. */
int doctor_session(const char *session, int repair);

void doctor_fuse_device(struct finding *f);
void doctor_fusermount(struct finding *f);
void doctor_allow_other(struct finding *f);
void doctor_libfuse(struct finding *f);
void doctor_uring(struct finding *f);
void doctor_openat2(struct finding *f);
void doctor_bubblewrap(struct finding *f);
void doctor_user_namespaces(struct finding *f);
void doctor_landlock(struct finding *f);
void doctor_daemon(struct finding *f);
void doctor_open_files(struct finding *f);
void doctor_inotify(struct finding *f);
void doctor_state_dir(struct finding *f);

#endif
