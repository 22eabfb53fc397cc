/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/source.h"

#include <errno.h>

#include "util/io.h"

int source_open(const struct source *s, const struct delta *d,
		enum source_side side, int *fd)
{
	mode_t mode = side == SOURCE_NEW ? d->st.st_mode : d->base.st_mode;

	if (S_ISLNK(mode) && side != SOURCE_NEW)
		return s->open_base(s->payload, d, fd);
	if (!S_ISREG(mode))
		return 0;
	if (side == SOURCE_NEW)
		return s->open_new(s->payload, d, fd);
	if (side == SOURCE_BASE)
		return s->open_base(s->payload, d, fd);
	return s->open_base_view(s->payload, d, fd);
}

int source_read(const struct source *s, const struct delta *d,
		enum source_side side, size_t limit, struct buf *out)
{
	int fd = -1, r;

	if (side == SOURCE_NEW && S_ISLNK(d->st.st_mode)) {
		buf_addstr(out, d->symlink ? d->symlink : "");
		return buf_oom(out) ? -ENOMEM : 0;
	}
	r = source_open(s, d, side, &fd);
	if (!r && fd >= 0)
		r = io_read_all(fd, limit, out);
	io_close(&fd);
	return r;
}
