/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/apply.h"

#include <stdlib.h>

static unsigned long long bytes_of(const struct where *w, uint32_t seq)
{
	struct err err = ERR_INIT;
	struct job j = JOB_NONE;
	unsigned long long bytes = 0;

	if (!job_read(&j, w->state, seq, &err))
		bytes = job_bytes(&j);
	job_release(&j);
	return bytes;
}

int jobs_prune(const struct where *w, const struct job *last, size_t keep,
	       unsigned long long bytes)
{
	unsigned long long total = 0;
	uint32_t *all = NULL;
	size_t n, kept = 0;
	int r;

	r = job_list(w->state, &all, &n);
	for (size_t i = n; !r && i-- > 0;) {
		total += last && all[i] == last->seq ? job_bytes(last) :
			 bytes_of(w, all[i]);
		if (++kept > 1 && (kept > keep || total > bytes))
			r = job_remove(w->state, all[i]);
	}
	free(all);
	return r;
}
