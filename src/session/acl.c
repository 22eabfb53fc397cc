/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/acl.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

/*
 * The value of a POSIX ACL attribute as the kernel passes it (linux/posix_acl_
 * xattr.h): a 32-bit version, then entries of 16-bit tag, 16-bit permissions and
 * 32-bit id, all little-endian; what the tags mean is in acl(5).
 */
#define ACL_VERSION 2

enum acl_tag {
	TAG_USER_OBJ = 0x01,
	TAG_USER = 0x02,
	TAG_GROUP_OBJ = 0x04,
	TAG_GROUP = 0x08,
	TAG_MASK = 0x10,
	TAG_OTHER = 0x20,
};

/* Anywhere in memory: a request of the kernel aligns it to nothing. */
struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
} __attribute__((packed));

struct acl {
	struct acl_entry *at;
	size_t n;
	/* the entries that file permission bits stand for */
	struct acl_entry *user, *group, *mask, *other;
};

static int acl_parse(void *value, size_t len, struct acl *acl)
{
	uint32_t version;

	memset(acl, 0, sizeof(*acl));
	if (len < 4 || (len - 4) % sizeof(struct acl_entry))
		return -EINVAL;
	memcpy(&version, value, 4);
	if (le32toh(version) != ACL_VERSION)
		return -EOPNOTSUPP;
	acl->at = (struct acl_entry *)((char *)value + 4);
	acl->n = (len - 4) / sizeof(struct acl_entry);
	for (size_t i = 0; i < acl->n; i++) {
		struct acl_entry *e = &acl->at[i];

		switch (le16toh(e->tag)) {
		case TAG_USER_OBJ:
			acl->user = e;
			break;
		case TAG_GROUP_OBJ:
			acl->group = e;
			break;
		case TAG_MASK:
			acl->mask = e;
			break;
		case TAG_OTHER:
			acl->other = e;
			break;
		case TAG_USER:
		case TAG_GROUP:
			break;
		default:
			return -EINVAL;
		}
	}
	return acl->user && acl->group && acl->other ? 0 : -EINVAL;
}

static mode_t perm(const struct acl_entry *e)
{
	return le16toh(e->perm) & 7u;
}

int acl_mode(const void *value, size_t len, mode_t *mode, int *minimal)
{
	struct acl acl;
	int r = acl_parse((void *)value, len, &acl);

	if (r)
		return r;
	*mode = perm(acl.user) << 6 |
		perm(acl.mask ? acl.mask : acl.group) << 3 | perm(acl.other);
	*minimal = acl.n == 3;
	return 0;
}

static void set_perm(struct acl_entry *e, mode_t bits)
{
	e->perm = htole16((uint16_t)(bits & 7));
}

int acl_chmod(void *value, size_t len, mode_t mode)
{
	struct acl acl;
	int r = acl_parse(value, len, &acl);

	if (r)
		return r;
	set_perm(acl.user, mode >> 6);
	set_perm(acl.mask ? acl.mask : acl.group, mode >> 3);
	set_perm(acl.other, mode);
	return 0;
}

int acl_inherit(void *value, size_t len, mode_t *mode, int *minimal)
{
	struct acl acl;
	int r = acl_parse(value, len, &acl);
	struct acl_entry *group;

	if (r)
		return r;
	group = acl.mask ? acl.mask : acl.group;
	set_perm(acl.user, perm(acl.user) & (*mode >> 6));
	set_perm(group, perm(group) & (*mode >> 3));
	set_perm(acl.other, perm(acl.other) & *mode);
	*mode = (*mode & ~0777u) | perm(acl.user) << 6 | perm(group) << 3 |
		perm(acl.other);
	*minimal = acl.n == 3;
	return 0;
}
