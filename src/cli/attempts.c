/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/attempts.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "session/audit.h"
#include "session/control.h"
#include "session/session.h"
#include "util/io.h"
#include "util/json.h"

#define AUDIT_READ_MAX (32u << 20)

static void describe(const json_t *o, struct buf *out)
{
	static const char *const keys[] = { "program", "op", "path", "rule" };
	time_t t = (time_t)json_integer_value(json_object_get(o, "time"));
	json_int_t count = json_integer_value(json_object_get(o, "count"));
	char when[32] = "";
	struct tm tm;

	if (localtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	buf_addstr(out, when);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *s = json_string_value(json_object_get(o, keys[i]));

		buf_addf(out, "  %s", s ? s : "-");
	}
	if (count > 1)
		buf_addf(out, "  %lld times", (long long)count);
}

static void one_line(const char *line, size_t len, attempt_fn fn,
		     void *payload)
{
	json_t *o = json_loadb(line, len, 0, NULL);
	struct buf text = BUF_INIT;

	if (json_is_object(o)) {
		describe(o, &text);
		fn(payload, o, text.ptr);
	}
	buf_release(&text);
	json_decref(o);
}

int attempts_each(const struct changes *c, attempt_fn fn, void *payload,
		  struct err *err)
{
	struct buf text = BUF_INIT;
	const char *p, *nl;
	int r;

	/* what the daemon of a mounted session counted goes to the file first */
	control_call(c->use.session, CONTROL_COUNTERS, NULL, 0, NULL, NULL);
	r = io_read_file(c->use.session->fd, AUDIT_FILE, AUDIT_READ_MAX,
			 &text);
	if (r && r != -ENOENT)
		err_errno(err, r, "what the agent was refused cannot be read");
	for (p = text.ptr; !r && (nl = strchr(p, '\n')); p = nl + 1)
		one_line(p, (size_t)(nl - p), fn, payload);
	buf_release(&text);
	return r == -ENOENT ? 0 : r;
}
