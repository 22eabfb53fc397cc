/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/viewopt.h"

struct viewopt viewopt;

static int set_all(struct mountopt *m, const char *key,
		   const struct opt_list *l, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < l->n && !r; i++)
		r = mountopt_set(m, key, l->at[i], 0, err);
	return r;
}

int viewopt_gather(struct mountopt *m, struct err *err)
{
	const struct {
		const char *key, *value;
	} single[] = {
		{ "name", viewopt.name },
		{ "session", opt_common.session },
		{ "state_dir", opt_common.state_dir },
		{ "rules", opt_common.rules },
		{ "git", viewopt.git },
		{ "max_size", viewopt.max_size },
		{ "max_files", viewopt.max_files },
		{ "taint", viewopt.taint },
		{ "checkpoint", viewopt.checkpoint },
		{ "keep", viewopt.keep },
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]) && !r; i++)
		if (single[i].value)
			r = mountopt_set(m, single[i].key, single[i].value, 0,
					 err);
	if (!r)
		r = set_all(m, "show", &viewopt.show, err);
	if (!r)
		r = set_all(m, "mask", &viewopt.mask, err);
	return r ? r : set_all(m, "hide", &viewopt.hide, err);
}
