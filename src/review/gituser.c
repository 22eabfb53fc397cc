/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gituser.h"

#include <errno.h>
#include <git2.h>

int gituser_get(const char *key, struct buf *out)
{
	git_buf value = { NULL, 0, 0 };
	git_config *cfg = NULL;
	int r = -ENOENT;

	git_libgit2_init();
	if (!git_config_open_default(&cfg) &&
	    !git_config_get_string_buf(&value, cfg, key)) {
		buf_add(out, value.ptr, value.size);
		r = buf_oom(out) ? -ENOMEM : 0;
	}
	git_buf_dispose(&value);
	git_config_free(cfg);
	git_libgit2_shutdown();
	return r;
}
