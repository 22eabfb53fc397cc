/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_RETAINT_H
#define SESSION_RETAINT_H

#include "session/layer.h"

/*
 * Where copies of secrets are looked for (scan/taint.h): a thread that looks at
 * the secrets again, each second at the files that are known to hold them, and
 * now and then for new ones; where it learns of a new value, all that the kernel
 * keeps of the view is to be judged again.
 */
struct retaint;

/* NULL where nothing is looked for, or no thread could be had. */
struct retaint *retaint_start(struct layer *l);
void retaint_stop(struct retaint *r);

#endif
