/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_AUDIT_H
#define SESSION_AUDIT_H

#include <stdint.h>
#include <sys/types.h>

/*
 * What the agent tried: audit.jsonl in the session's directory, one JSON object
 * a line, as scrim-session(5) has it: time, pid, program, operation, path in the
 * view, rule. Never a secret. Bounded: the same (operation, path, program) is
 * written once a second at the most and counted in between, and past
 * AUDIT_MAX bytes only the totals go on.
 *
 * All functions may be called from any thread and take NULL for "no record".
 */
#define AUDIT_MAX (16u << 20)

struct audit;

struct audit *audit_open(int session_fd);
void audit_close(struct audit *a);
void audit_add(struct audit *a, pid_t pid, const char *op, const char *path,
	       const char *rule);

#endif
