/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_ACL_H
#define SESSION_ACL_H

#include <stddef.h>
#include <sys/types.h>

/*
 * The values of system.posix_acl_access and system.posix_acl_default, as the
 * kernel passes them (linux/posix_acl_xattr.h; acl(5) has the meaning). Each
 * function returns -EINVAL for what is no ACL.
 */

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"
/* Permission bits that an access ACL stands for; *minimal: it says no more. */
int acl_mode(const void *value, size_t len, mode_t *mode, int *minimal);
/* Puts permission bits into an access ACL (chmod). */
int acl_chmod(void *value, size_t len, mode_t mode);
/* A default ACL as the access ACL of a new object; mode is cut to it. */
int acl_inherit(void *value, size_t len, mode_t *mode, int *minimal);

#endif
