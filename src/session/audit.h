/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_AUDIT_H
#define SESSION_AUDIT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the agent tried: audit.jsonl in the session's directory, one JSON object
 * a line, as scrim-session(5) has it: time, pid, program, operation, path in the
 * view, rule, and how many attempts the line stands for. Never a secret.
 *
 * Bounded, but nothing goes uncounted: the same (operation, path, program) is
 * written once a second at the most and counted in between, and past AUDIT_MAX
 * bytes one last line, written over and over, counts all that comes. What is
 * counted and not yet written is lost with a kill -9.
 *
 * All functions may be called from any thread and take NULL for "no record".
 */
#define AUDIT_FILE "audit.jsonl"
#define AUDIT_MAX (16u << 20)

struct audit;

/* max is AUDIT_MAX, but for tests. */
struct audit *audit_open(int session_fd, size_t max);
/* Writes what is only counted so far. */
void audit_flush(struct audit *a);
/* With a flush. */
void audit_close(struct audit *a);
void audit_add(struct audit *a, pid_t pid, const char *op, const char *path,
	       const char *rule);

/* Does the work of audit_add, and notes nothing. */
void audit_pretend(struct audit *a, pid_t pid, const char *op,
		   const char *path, const char *rule);

/* How many attempts len bytes of such a file stand for. */
unsigned long audit_total(const char *text, size_t len);

#endif
