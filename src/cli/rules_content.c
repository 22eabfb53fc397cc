/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/rules.h"
#include "scan/mask.h"
#include "scan/ruleset.h"
#include "util/esc.h"
#include "util/io.h"

/* Lines are counted from the start of the file to each mask, in one pass. */
struct counter {
	int fd;
	off_t off, line_start;
	long line;
};

static int count_to(struct counter *c, off_t to)
{
	char buf[65536];

	while (c->off < to) {
		size_t want = sizeof(buf);
		ssize_t n;

		if (to - c->off < (off_t)want)
			want = (size_t)(to - c->off);
		n = io_pread_full(c->fd, buf, want, c->off);
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != '\n')
				continue;
			c->line++;
			c->line_start = c->off + i + 1;
		}
		c->off += n;
	}
	return 0;
}

static void put_mask(const struct mask_span *m, const struct counter *c,
		     json_t *to)
{
	json_t *o;

	if (!to) {
		printf("    line %ld, column %ld: masked, %zu bytes, by %s",
		       c->line, (long)(m->off - c->line_start) + 1, m->len,
		       *rule_id(m->rule) ? rule_id(m->rule) : "the action mask");
		if (m->copy_of) {
			fputs(": copy of a secret of ", stdout);
			esc_puts(stdout, m->copy_of);
		}
		putchar('\n');
		return;
	}
	o = json_object();
	json_object_set_new(o, "line", json_integer(c->line));
	json_object_set_new(o, "column",
			    json_integer((long)(m->off - c->line_start) + 1));
	json_object_set_new(o, "length", json_integer((json_int_t)m->len));
	json_object_set_new(o, "rule", json_string(rule_id(m->rule)));
	jout_name(o, "copy_of", m->copy_of);
	json_array_append_new(to, o);
}

int rules_content(const struct rules_use *u, const char *path, int fd,
		  struct verdict *v, json_t *to)
{
	/* The masks are not shown: any key will do. */
	static const uint8_t key[MASK_KEY_LEN];
	struct counter c = { .fd = fd, .line = 1 };
	struct mask_list list;
	int r;

	r = mask_judge(u->policy, v, fd, path, key, &list);
	for (size_t i = 0; !r && i < list.n; i++) {
		r = count_to(&c, list.at[i].off);
		if (!r)
			put_mask(&list.at[i], &c, to);
	}
	if (!r && list.n)
		v->action = ACTION_MASK;
	mask_list_release(&list);
	return r;
}
