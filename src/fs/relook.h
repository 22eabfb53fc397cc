/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_RELOOK_H
#define FS_RELOOK_H

struct fs;
struct relook;

/*
 * Has git's repositories looked through again when the user's own git put new
 * objects into them: until then those are not in the view. A thread asks the one
 * at the other end of the socket, which is told of in session/gitguard.h, and
 * tells the kernel of what shows then.
 */

/* NULL where socket is -1, or no thread could be had. socket is taken over. */
struct relook *relook_start(struct fs *fs, int socket);
void relook_stop(struct relook *r);

#endif
