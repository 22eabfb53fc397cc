/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_REFUSE_H
#define SESSION_REFUSE_H

#include "session/internal.h"

/*
 * What a rule forbids is refused here, and so gets into the record of what the
 * agent tried. Called without the layer's lock.
 */

/* Notes that w was refused op on n, and by which rule; always -EACCES. */
int refuse(struct layer *l, const struct who *w, struct node *n,
	   const char *op);
/*
 * Those that a rule makes read-only, or denies: 0, or refused. A directory's
 * rule holds for all in it, so the node itself is to be asked only. Commands
 * (w NULL) may look into what is denied.
 */
int refuse_write(struct layer *l, const struct who *w, struct node *n,
		 const char *op);
int refuse_read(struct layer *l, const struct who *w, struct node *n,
		const char *op);

#endif
