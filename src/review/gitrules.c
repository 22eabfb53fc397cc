/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitrules.h"

#include <errno.h>
#include <unistd.h>

#include "util/io.h"

int gitrules_judge(const struct gitview_rules *rules, int memfd,
		   const struct verdict *v, const char *path,
		   const void *data, size_t len, struct buf *bytes,
		   struct gitrules_answer *out)
{
	struct verdict own = *v;
	int r;

	if (ftruncate(memfd, 0))
		return -errno;
	r = io_pwrite_full(memfd, data, len, 0);
	if (r)
		return r;
	if (own.confirm)
		rules->confirm(rules->payload, &own, memfd, path);
	out->action = own.action;
	if (bytes) {
		buf_clear(bytes);
		buf_add(bytes, data, len);
		if (buf_oom(bytes))
			return -ENOMEM;
	}
	out->show = rules->content(rules->payload, &own, path, memfd, bytes);
	return 0;
}
