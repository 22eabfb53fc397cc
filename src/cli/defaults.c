/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/defaults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/conf.h"
#include "util/path.h"

static int on_key(void *payload, const char *section, const char *key,
		  const char *value, int line, struct err *err)
{
	static const struct {
		const char *key, *option;
	} known[] = {
		{ "checkpoint", "checkpoint" },
		{ "git", "git" },
		{ "keep", "keep" },
		{ "max-files", "max_files" },
		{ "max-size", "max_size" },
	};

	if (strcmp(section, "session"))
		return err_set(err, -EINVAL, "unknown section '%s'", section);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(key, known[i].key))
			return mountopt_set(payload, known[i].option, value, 0,
					    err);
	return err_set(err, -EINVAL, "unknown key '%s'", key);
}

int defaults_read(struct mountopt *m, struct err *err)
{
	char *path = NULL;
	int r = 0;

	if (path_user(PATH_CONFIG, "session.ini", &path))
		return 0;
	if (!access(path, F_OK))
		r = conf_read(path, on_key, m, err);
	else if (errno != ENOENT && errno != ENOTDIR)
		r = err_errno(err, -errno, "%s", path);
	free(path);
	return r;
}
