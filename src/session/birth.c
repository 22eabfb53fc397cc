/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/birth.h"

#include "session/internal.h"
#include "session/lower.h"

int layer_birth(struct layer *l, struct node *n, struct timespec *out)
{
	struct stat st;
	int is_below;

	*out = (struct timespec){ 0, 0 };
	pthread_mutex_lock(&l->lock);
	if (n->up)
		*out = n->up->btime;
	is_below = !n->up || n == l->tree.root;
	pthread_mutex_unlock(&l->lock);
	return is_below ? lower_stat(l, n, &st, out) : 0;
}
