#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The screens of the manual are what the program shows now.
. "${srcdir:-.}/tests/lib.sh"

need fuse tmux
timeout 120 sh "$srcdir/contrib/screenshots.sh" "$SCRIM" >screens ||
	fail "no screens"
diff -u "$srcdir/man/review-screens.txt" screens ||
	fail "run: sh contrib/screenshots.sh scrim >man/review-screens.txt"
exit 0
