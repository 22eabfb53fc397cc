/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/choose.h"
#include "util/io.h"

#define CHUNK 65536

static void add_text(struct digest *to, const char *s)
{
	digest_add_field(to, s ? s : "", s ? strlen(s) : 0);
}

static int add_content(struct digest *to, const struct source *s,
		       const struct delta *d)
{
	char *chunk = NULL;
	int fd = -1, r;
	ssize_t n = 0;

	if (d->kind == DELTA_DELETE || !S_ISREG(d->st.st_mode))
		return 0;
	r = source_open(s, d, SOURCE_NEW, &fd);
	if (r || fd < 0)
		return r;
	chunk = malloc(CHUNK);
	if (!chunk)
		r = -ENOMEM;
	while (!r && (n = io_read_full(fd, chunk, CHUNK)) > 0)
		digest_add(to, chunk, (size_t)n);
	if (!r && n < 0)
		r = (int)n;
	free(chunk);
	io_close(&fd);
	return r;
}

int choose_seal(const struct source *s, const struct delta *d,
		char out[DIGEST_HEX])
{
	uint8_t sum[DIGEST_LEN];
	struct buf head = BUF_INIT;
	struct digest *to;
	int r;

	if (digest_new(&to, NULL, 0))
		return -ENOMEM;
	buf_addf(&head, "%c %o %d", d->kind, (unsigned)d->st.st_mode,
		 (d->flags & DELTA_OWNER) != 0);
	if (d->flags & DELTA_OWNER)
		buf_addf(&head, " %u %u", d->st.st_uid, d->st.st_gid);
	add_text(to, head.ptr);
	add_text(to, d->kind == DELTA_RENAME ? d->origin : NULL);
	add_text(to, d->symlink);
	r = buf_oom(&head) ? -ENOMEM : add_content(to, s, d);
	if (!r) {
		digest_end(to, sum);
		digest_hex(sum, out);
	}
	digest_free(to);
	buf_release(&head);
	return r;
}

static int path_cmp(const void *key, const void *at)
{
	return strcmp(key, ((const struct delta *)at)->path);
}

static const struct delta *find(const struct delta_list *list, const char *path)
{
	return list->n ? bsearch(path, list->at, list->n, sizeof(*list->at),
				 path_cmp) : NULL;
}

int choices_seal(struct choices *c, const struct source *s,
		 const struct delta_list *list, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		struct choice *k = c->at[i];
		const struct delta *d = find(list, k->path);
		int r;

		if (*k->seal || !d || (k->state == CHOICE_NONE && !k->seen))
			continue;
		r = choose_seal(s, d, k->seal);
		if (r)
			return err_errno(err, r, "%s cannot be read",
					 k->path);
	}
	return 0;
}

int choice_check(struct choice *k, const struct source *s,
		 const struct delta *d)
{
	char seal[DIGEST_HEX];
	int was = k->state != CHOICE_NONE;
	int r = d && *k->seal ? choose_seal(s, d, seal) : 0;

	if (r == -ENOMEM)
		return r;
	if (d && !r && *k->seal && !strcmp(seal, k->seal))
		return 0;
	choice_reset(k);
	k->seen = 0;
	k->seal[0] = '\0';
	return d && was;
}

int choices_check(struct choices *c, const struct source *s,
		  const struct delta_list *list, size_t *n, struct err *err)
{
	*n = 0;
	for (size_t i = 0; i < c->n; i++) {
		int r = choice_check(c->at[i], s, find(list, c->at[i]->path));

		if (r < 0)
			return err_errno(err, r, "%s", c->at[i]->path);
		*n += (size_t)r;
	}
	return 0;
}

int chosen_text(void *payload, const struct delta *d, struct buf *text)
{
	const struct chosen *c = payload;
	const struct choice *k = choices_get(c->choices, d->path);
	struct choose view;
	int r;

	if (!k || k->state == CHOICE_LEAVE || k->state == CHOICE_NONE)
		return 2;
	if (k->state == CHOICE_TAKE)
		return 0;
	r = choose_open(&view, c->source, d, k);
	if (r)
		return r;
	r = view.lost ? -EBADMSG : choose_text(&view, text);
	choose_close(&view);
	return r ? r : 1;
}
