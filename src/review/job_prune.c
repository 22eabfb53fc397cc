/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/apply.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

static unsigned long long job_bytes(const struct where *w, uint32_t seq)
{
	struct err err = ERR_INIT;
	struct job j = JOB_NONE;
	unsigned long long bytes = 0;
	char name[JOB_NAME_MAX];
	struct stat st;

	if (job_read(&j, w->state, seq, &err))
		return 0;
	for (size_t i = 0; i < j.n; i++) {
		if (j.ops[i].kind != OP_SWAP && j.ops[i].kind != OP_TAKE)
			continue;
		job_store_name(i, name);
		if (!fstatat(j.dir, name, &st, AT_SYMLINK_NOFOLLOW))
			bytes += (unsigned long long)st.st_blocks * 512;
		job_made_name(i, name);
		if (j.ops[i].kind == OP_SWAP &&
		    !fstatat(j.dir, name, &st, AT_SYMLINK_NOFOLLOW))
			bytes += (unsigned long long)st.st_blocks * 512;
	}
	job_release(&j);
	return bytes;
}

int jobs_prune(const struct where *w, size_t keep, unsigned long long bytes)
{
	unsigned long long total = 0;
	uint32_t *all = NULL;
	size_t n, kept = 0;
	int r;

	r = job_list(w->state, &all, &n);
	for (size_t i = n; !r && i-- > 0;) {
		total += job_bytes(w, all[i]);
		if (++kept > 1 && (kept > keep || total > bytes))
			r = job_remove(w->state, all[i]);
	}
	free(all);
	return r;
}
