/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commits that were made in the view of a session, for test_history.sh:
 *
 *	history_driver STATE-DIR SESSION
 *
 * prints for each "commit AUTHOR", its message with "| " before each line, and
 * "touches PATH" for each path.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/history.h"
#include "session/gitguard.h"
#include "session/layer.h"
#include "session/session.h"

static void show(const struct history *h)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct history_commit *c = &h->at[i];
		char *line, *rest = c->message;

		printf("commit %s\n", c->author);
		while ((line = strsep(&rest, "\n")))
			if (*line)
				printf("| %s\n", line);
		for (size_t k = 0; k < c->n; k++)
			printf("touches %s\n", c->paths[k]);
	}
}

int main(int argc, char **argv)
{
	struct session_where where = { argv[1], argc > 2 ? argv[2] : NULL,
				       NULL };
	struct session *s = NULL;
	struct layer *l = NULL;
	struct history h = { 0 };
	struct err err = ERR_INIT;
	char real[41], made[41];
	int r;

	if (argc < 3)
		return 2;
	r = session_open(&s, &where, &err);
	if (!r)
		r = layer_open(&l, s, NULL, LAYER_READ, &err);
	if (!r)
		r = gitguard_base(s->fd, ".git", real, made);
	if (!r)
		r = history_read(&h, l, ".git", made, s->fd, &err);
	if (r)
		fprintf(stderr, "%d %s\n", r, err.msg);
	else
		show(&h);
	history_release(&h);
	layer_close(l);
	session_close(s);
	return r ? 1 : 0;
}
