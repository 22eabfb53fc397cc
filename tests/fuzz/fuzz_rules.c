/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scan/policy.h"
#include "scan/ruleset.h"
#include "util/conf.h"

/*
 * A rule file of any bytes, as the workspace's own .scrim.ini may be: it is read
 * as a whole or refused with a line, and what it says can be asked.
 */
static void ask(const char *dir)
{
	static const char *const paths[] = { "", "a", ".env", "a/b/id_rsa~" };
	struct policy_sources src = { .rules = "none", .userdir = dir,
				      .workspace_fd = -1 };
	struct err err = ERR_INIT;
	struct policy *p = NULL;
	struct verdict v;
	int r = policy_load(&p, &src, &err);

	if (r && !*err.msg)
		abort();
	for (size_t i = 0; !r && i < sizeof(paths) / sizeof(paths[0]); i++)
		policy_path(p, paths[i], strlen(paths[i]), &v);
	policy_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/scrim.ini", fuzz_dir());
	f = fopen(path, "w");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
	ask(fuzz_dir());
	return 0;
}
