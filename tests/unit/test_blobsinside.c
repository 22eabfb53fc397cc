/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tests of test_blobs once more, with what is read in a confined child read in
 * this process, for those who look at processes: see test_gitinside.
 */
#include "test_blobs.c"

#include "review/blobs_apart.h"

int __wrap_blobs_apart(blobs_job job, void *task, double idle, blobs_fn fn,
		       void *payload, struct err *err);

/* Instead of that of blobs_apart.c, by the linker. */
int __wrap_blobs_apart(blobs_job job, void *task, double idle, blobs_fn fn,
		       void *payload, struct err *err)
{
	return job(task, NULL, fn, payload, err);
}
