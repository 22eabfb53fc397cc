/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_SERVER_H
#define FS_SERVER_H

struct fs;
struct server;

/*
 * Answers the commands that speak with a mounted session (session/control.h), in
 * a thread of its own, and tells the kernel of the names that changed by them.
 */

/* NULL where the socket cannot be made: commands then ask for an unmount. */
struct server *server_start(struct fs *fs, int session_fd);
void server_stop(struct server *s);

#endif
