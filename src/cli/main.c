/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdio.h>

int main(void)
{
	printf("scrim %s\n", PACKAGE_VERSION);
	return 0;
}
