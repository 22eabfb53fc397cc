/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scan/mask.h"
#include "scan/policy.h"
#include "util/io.h"

/*
 * A file with a secret, then what an agent made of its masked form. What nobody
 * touched turns back to the same bytes; whatever else is done, nothing is put in
 * where undo refuses, and spans lie in the file, in order.
 */
static struct policy *policy;
static const uint8_t key[MASK_KEY_LEN] = "a key for tests";

static void start(void)
{
	struct policy_sources src = { .userdir = "/nonexistent",
				      .workspace_fd = -1 };
	struct err err = ERR_INIT;

	if (policy_load(&policy, &src, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
}

static void check_list(const struct mask_list *l, size_t size)
{
	off_t last = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (l->at[i].off < last || !l->at[i].len ||
		    l->at[i].off + (off_t)l->at[i].len > (off_t)size)
			abort();
		last = l->at[i].off + (off_t)l->at[i].len;
	}
}

static int undo(const struct mask_list *l, const uint8_t *base, size_t len,
		const char *path, struct buf *text)
{
	const struct mask_undo u = { .list = l, .base = base, .base_len = len,
				     .policy = policy, .path = path,
				     .key = key };
	struct err err = ERR_INIT;

	return mask_undo(&u, text, &err);
}

static void check_undo(const struct mask_list *l, const uint8_t *base,
		       size_t len, const char *path, const uint8_t *agent,
		       size_t agent_len)
{
	struct buf text = BUF_INIT, was = BUF_INIT;

	buf_add(&text, base, len);
	mask_patch(l, text.ptr, text.len, 0);
	buf_add(&was, text.ptr, text.len);
	/* a short secret may not be placed; what comes back is the same bytes */
	if (!undo(l, base, len, path, &text) &&
	    (text.len != len || memcmp(text.ptr, base, len)))
		abort();
	buf_clear(&text);
	buf_add(&text, was.ptr, was.len / 2);
	buf_add(&text, agent, agent_len);
	buf_add(&text, was.ptr + was.len / 2, was.len - was.len / 2);
	buf_clear(&was);
	buf_add(&was, text.ptr, text.len);
	if (undo(l, base, len, path, &text) &&
	    (text.len != was.len || memcmp(text.ptr, was.ptr, was.len)))
		abort();
	buf_release(&was);
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { ".env", "a.json", "a.c", ".netrc" };
	struct verdict v = { size & 1 ? ACTION_MASK : ACTION_SHOW, NULL, 0 };
	const uint8_t *cut = memchr(data, 0, size);
	const char *path = paths[size / 2 % 4];
	size_t len = cut ? (size_t)(cut - data) : size;
	struct mask_list l = { NULL, 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (!policy)
		start();
	if (fd < 0 || io_write_full(fd, data, len))
		abort();
	if (!mask_judge(policy, &v, fd, path, key, &l)) {
		check_list(&l, len);
		check_undo(&l, data, len, path, cut ? cut + 1 : data,
			   cut ? size - len - 1 : 0);
		mask_list_release(&l);
	}
	close(fd);
	return 0;
}
