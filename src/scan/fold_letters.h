/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_FOLD_LETTERS_H
#define SCAN_FOLD_LETTERS_H

/*
 * The letters outside of ASCII that differ in case or in a mark: each becomes one
 * of them, which takes no more bytes of UTF-8. A part of fold.c.
 */
unsigned fold_letter(unsigned cp);

#endif
