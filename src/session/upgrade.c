/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/upgrade.h"

#include <errno.h>
#include <unistd.h>

#include "session/restore.h"
#include "session/session.h"
#include "session/snapshot.h"
#include "session/store.h"

static int skip_record(void *payload, const char *items, size_t len)
{
	return 0;
}

/* 1 where the log is there from its head to its end. */
static int is_whole(int dirfd)
{
	struct store s;
	struct stat st;
	int r = store_open(&s, dirfd, 0, NULL);

	if (!r && s.logfd < 0)
		r = -ENOENT;
	if (!r)
		r = store_replay(&s, skip_record, NULL, NULL);
	r = !r && s.replayed && !fstat(s.logfd, &st) &&
	    (uint64_t)st.st_size == s.log_len;
	store_close(&s);
	return r;
}

/* The log of a snapshot was written last. */
static int from_1(struct session *s, struct err *err)
{
	struct snapshot_list all;
	int r = snapshot_list(s, &all, err), fd;

	if (r)
		return r;
	for (size_t i = 0; i < all.n && !r; i++) {
		if (snapshot_dir(s, all.at[i].name, &fd))
			continue;
		if (!is_whole(fd))
			r = snapshot_remove(s, all.at[i].name, err);
		close(fd);
	}
	snapshot_list_release(&all);
	return r;
}

int session_upgrade(struct session *s, struct err *err)
{
	static int (*const from[])(struct session *s, struct err *err) = {
		[1] = from_1,
	};
	int r = 0;

	while (!r && s->format > 0 && s->format < SESSION_FORMAT) {
		r = from[s->format](s, err);
		if (r)
			break;
		s->format++;
		r = session_save_meta(s, err);
	}
	return r;
}
