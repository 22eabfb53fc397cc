/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/gitleaks.h"
#include "cli/rules.h"
#include "cli/tool.h"
#include "util/esc.h"
#include "util/io.h"

static int read_doc(const char *file, json_t **out, struct err *err)
{
	struct buf json = BUF_INIT;
	char *helper = NULL;
	const char *argv[] = { NULL, NULL };
	json_error_t why;
	int fd = STDIN_FILENO, r;

	r = tool_own("scrim-toml", &helper, err);
	if (r == -ENOENT)
		err_set(err, r, "this scrim was built without TOML; configure "
			"--with-toml needs toml++");
	if (!r && strcmp(file, "-")) {
		fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			r = err_errno(err, -errno, "%s", file);
	}
	argv[0] = helper;
	if (!r)
		r = tool_read(argv, fd, &json, err);
	if (!r) {
		*out = json_loadb(json.ptr, json.len, 0, &why);
		if (!*out)
			r = err_set(err, -EIO, "%s: %s", file, why.text);
	} else if (r == -EIO) {
		err_wrap(err, "%s", file);
	}
	if (fd != STDIN_FILENO)
		io_close(&fd);
	buf_release(&json);
	free(helper);
	return r;
}

static int write_ini(const struct gitleaks *g, const char *output,
		     struct err *err)
{
	int fd, r;

	if (!output) {
		fwrite(g->ini.ptr, 1, g->ini.len, stdout);
		return 0;
	}
	fd = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_errno(err, -errno, "%s", output);
	r = io_write_full(fd, g->ini.ptr, g->ini.len);
	if (r)
		err_errno(err, r, "%s", output);
	io_close(&fd);
	return r;
}

static void tell(const char *file, const char *what, const struct strlist *l)
{
	for (size_t i = 0; i < l->n; i++)
		out_warn("%s:%s%s", file, l->at[i], what);
}

int rules_import(const struct rules_use *u, int argc, char **argv)
{
	struct gitleaks g = { BUF_INIT, STRLIST_INIT, STRLIST_INIT, 0 };
	struct err err = ERR_INIT;
	json_t *doc = NULL;
	int r, status;

	if (argc > 1)
		return out_usage("rules", "import reads one file at a time");
	r = read_doc(argv[0], &doc, &err);
	if (!r)
		r = gitleaks_import(doc, policy_rules(u->policy), &g, &err);
	if (!r)
		r = write_ini(&g, u->output, &err);
	if (!r) {
		tell(argv[0], "", &g.notes);
		tell(argv[0], " (left out)", &g.lost);
		if (u->output)
			printf("%zu rules written to %s\n", g.rules, u->output);
	}
	status = r ? out_err(&err) : g.lost.n ? STATUS_FAILED : STATUS_DONE;
	json_decref(doc);
	gitleaks_release(&g);
	return status;
}
