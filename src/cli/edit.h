/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_EDIT_H
#define CLI_EDIT_H

#include "cli/changes.h"
#include "review/choose.h"

/*
 * A hunk of a change in the user's editor ($VISUAL, $EDITOR, vi). The hunk is
 * then taken as it was left there. Negative with one line in err where the editor
 * failed or the text does not fit; the hunk stays as it was.
 */
int edit_hunk(const struct changes *c, struct choose *to, size_t hunk,
	      struct err *err);

#endif
