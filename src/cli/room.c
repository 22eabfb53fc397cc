/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/room.h"

#include <stdio.h>

#include "cli/mountopt.h"
#include "session/quota.h"
#include "session/session.h"

const char *room_size(uint64_t bytes, char *out)
{
	static const char units[] = "BKMGTPE";
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 1000 && units[i + 1]; i++)
		n /= 1024;
	snprintf(out, ROOM_SIZE, i ? "%.1f %c" : "%.0f %c", n, units[i]);
	return out;
}

/* The limits are those of the session's last mount. */
static void get(struct layer *l, const struct session *s, struct quota_use *u)
{
	struct mountopt m = MOUNTOPT_INIT;
	unsigned long long bytes = 0, files = 0;

	layer_use(l, u);
	if (s->options && !mountopt_parse(&m, s->options, MOUNTOPT_KEPT, NULL))
		mountopt_limits(&m, &bytes, &files);
	u->max_bytes = bytes;
	u->max_files = files;
	mountopt_release(&m);
}

void room_print(struct layer *l, const struct session *s)
{
	char used[ROOM_SIZE], max[ROOM_SIZE];
	struct quota_use u;

	get(l, s, &u);
	if (u.max_bytes)
		printf("it takes %s of %s%s", room_size(u.bytes, used),
		       room_size(u.max_bytes, max), u.max_files ? ", " : "\n");
	if (u.max_files)
		printf("it has %llu of %llu names\n",
		       (unsigned long long)u.files,
		       (unsigned long long)u.max_files);
}

static json_t *limit(uint64_t n)
{
	return n ? json_integer((json_int_t)n) : json_null();
}

json_t *room_json(struct layer *l, const struct session *s)
{
	json_t *o = json_object();
	struct quota_use u;

	get(l, s, &u);
	json_object_set_new(o, "bytes", json_integer((json_int_t)u.bytes));
	json_object_set_new(o, "files", json_integer((json_int_t)u.files));
	json_object_set_new(o, "max_size", limit(u.max_bytes));
	json_object_set_new(o, "max_files", limit(u.max_files));
	return o;
}
