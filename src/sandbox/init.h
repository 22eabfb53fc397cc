/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_INIT_H
#define SANDBOX_INIT_H

/*
 * What scrim tells scrim-init, the first process of a sandbox, and what it hears
 * from it. scrim-init is a program of its own, so that it starts fast and that
 * nothing but the C library has to be visible inside:
 *
 *   scrim-init [-i SIG]... [-n PROCESSES] [-m BYTES] [-c CPUS]
 *              [-p PORT] -- COMMAND [ARGUMENT...]
 *
 *   -i  a signal that was ignored when scrim was started, and stays so
 *   -n  RLIMIT_NPROC, -m RLIMIT_DATA, -c number of processors (affinity)
 *   -p  forward 127.0.0.1:PORT to INIT_PROXY_SOCKET, by socat
 *
 * It takes the descriptors below, gives COMMAND the environment it finds in
 * INIT_FD_ENVIRON, passes on signals that come from outside, reaps orphans, and
 * ends with COMMAND's status (128 + N where signal N ended it), whereupon the
 * kernel ends all that COMMAND left running. So it does when nobody has the other
 * end of INIT_FD_STATUS any more: scrim was killed. bwrap's --die-with-parent is
 * not enough, since a parent that dies before it is asked for goes unnoticed.
 */
enum init_fd {
	INIT_FD_STATUS = 3,	/* a pipe: one struct init_report; stays open */
	INIT_FD_STDERR = 4,	/* the real standard error */
	INIT_FD_ENVIRON = 5,	/* NAME=VALUE, each ended by NUL */
	INIT_FD_INFO = 6,	/* of bwrap --info-fd, for bwrap alone */
	INIT_FD_FREE = 7,	/* the first one for others */
};

enum init_stage {
	INIT_STARTED = 1,	/* COMMAND is running */
	INIT_NO_COMMAND,	/* it could not be executed: error */
	INIT_NO_FORWARDER,	/* -p: socat or the port: error */
	INIT_NO_LIMIT,		/* a limit could not be set: error */
};

struct init_report {
	int stage;
	int error;		/* an errno, or 0 */
};

#define INIT_DIR "/run/scrim"
#define INIT_PROGRAM INIT_DIR "/init"
#define INIT_PROXY_SOCKET INIT_DIR "/proxy.sock"

#endif
