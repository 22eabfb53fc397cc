/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PATCH_H
#define CLI_PATCH_H

#include "cli/chosen.h"

/*
 * A plan as a patch: one mail that `git am` and `git apply` take, with exact
 * bytes, of the user and with message (NULL: a default). pick is NULL where
 * whole changes are taken. To a terminal goes no raw byte and no mail's head.
 * Negative with nothing that could be used in file.
 */
int patch_write(const struct changes *c, const struct plan *p,
		const struct pick *pick, const char *file, const char *message,
		struct err *err);

#endif
