/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_SCOPE_H
#define SANDBOX_SCOPE_H

/*
 * Abstract Unix sockets (of an X server, a D-Bus, a container engine) belong to
 * a network namespace and to no file system. A sandbox that shares the host's
 * network would reach them, were it not for Landlock's scope, of Linux 6.12.
 */

/* 1 where the kernel can keep them away. */
int scope_is_possible(void);

/*
 * This process and all that come of it can connect to no abstract socket that
 * was made outside of them. It takes no_new_privs. 0 or a negative errno.
 */
int scope_abstract_sockets(void);

#endif
