/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/mask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void mask_list_release(struct mask_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i].text);
	free(l->at);
	l->at = NULL;
	l->n = 0;
}

int mask_judge(const struct policy *p, const struct verdict *v, int fd,
	       const char *origin, const uint8_t key[MASK_KEY_LEN],
	       struct mask_list *out)
{
	*out = (struct mask_list){ NULL, 0 };
	return v->action >= ACTION_MASK ? -EACCES : 0;
}

void mask_patch(const struct mask_list *l, void *buf, size_t len, off_t off)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct mask_span *m = &l->at[i];
		off_t from = m->off > off ? m->off : off;
		off_t to = m->off + (off_t)m->len;

		if (to > off + (off_t)len)
			to = off + (off_t)len;
		if (from < to)
			memcpy((char *)buf + (from - off),
			       m->text + (from - m->off), (size_t)(to - from));
	}
}
