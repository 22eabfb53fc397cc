/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/merge.h"

#include <errno.h>
#include <git2.h>

#include "review/hunk.h"

static int mergeable(const struct merge_side *s)
{
	return s->len <= HUNK_MAX_BYTES && !hunks_is_binary(s->ptr, s->len);
}

static void fill_input(git_merge_file_input *in, const struct merge_side *s)
{
	git_merge_file_input_init(in, GIT_MERGE_FILE_INPUT_VERSION);
	in->ptr = s->ptr;
	in->size = s->len;
}

int merge_texts(const struct merge_side *base, const struct merge_side *ours,
		const struct merge_side *theirs, struct buf *out, int *clean)
{
	git_merge_file_result res = { .automergeable = 0 };
	git_merge_file_input b, o, t;
	git_merge_file_options opts;
	int r = 0;

	if (!mergeable(base) || !mergeable(ours) || !mergeable(theirs))
		return -ENOTSUP;
	fill_input(&b, base);
	fill_input(&o, ours);
	fill_input(&t, theirs);
	git_merge_file_options_init(&opts, GIT_MERGE_FILE_OPTIONS_VERSION);
	opts.ancestor_label = base->label;
	opts.our_label = ours->label;
	opts.their_label = theirs->label;
	opts.flags = GIT_MERGE_FILE_STYLE_MERGE | GIT_MERGE_FILE_SIMPLIFY_ALNUM;
	git_libgit2_init();
	if (git_merge_file(&res, &b, &o, &t, &opts)) {
		r = -EIO;
	} else {
		buf_add(out, res.ptr, res.len);
		*clean = res.automergeable;
		r = buf_oom(out) ? -ENOMEM : 0;
	}
	git_merge_file_result_free(&res);
	return r;
}
