/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

/*
 * An error that a person will read.
 *
 * It lives on the caller's stack, so there is nothing to free. A function that
 * takes a struct err as its last parameter returns 0 and leaves it untouched, or
 * returns a negative errno and has filled it where the failure happened. On the
 * way up a message is only prefixed (err_wrap), never replaced.
 *
 * Messages are one line, impersonal, say what to do next where there is
 * something to do, and never hold the value of a secret. They may hold names
 * that an agent chose: whoever prints one passes it through esc_puts().
 */
struct err {
	int code;	/* negative errno; 0 while nothing has failed */
	char msg[512];	/* NUL-terminated; cut, never overrun */
};

#define ERR_INIT { 0, "" }

/* Sets err (which may be NULL) and returns code, a negative errno. */
int err_set(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and the text of the errno appended. */
int err_errno(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "<prefix>: " before the message and returns err's code. */
int err_wrap(struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
