/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/session.h"
#include "util/io.h"

#define EDIT_MAX (16u << 20)

/*
 * Above and below the hunk stand five lines of ours each, so that none of the
 * agent's is where an editor looks for commands (modelines).
 */
static const char edit_above[] =
	"# A hunk of a change, to be edited. Lines with '#' are dropped.\n"
	"#\n"
	"# To leave out a '+' line, remove it; it may also be changed, and more\n"
	"# may be added. To keep a '-' line, put a space in place of the '-'.\n"
	"#\n";
static const char edit_below[] =
	"#\n"
	"# All other lines must stay as they are.\n"
	"#\n"
	"# The hunk is then taken as it is here.\n"
	"#\n";

/* As git does it: the variable may hold arguments. */
static void run_editor(const char *path)
{
	const char *editor = getenv("VISUAL");
	struct buf cmd = BUF_INIT;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		editor = "vi";
	buf_addf(&cmd, "%s \"$@\"", editor);
	execl("/bin/sh", "sh", "-c", cmd.ptr, editor, path, (char *)NULL);
	_exit(127);
}

/*
 * The text is in the session's directory, which nobody else may enter; it holds
 * what the agent saw, so no secret.
 */
static int edit_text(const struct changes *c, struct buf *text,
		     struct err *err)
{
	int dir = c->where.state, status = -1, r;
	struct buf path = BUF_INIT;
	pid_t pid = -1;

	buf_addf(&path, "%s/edit.diff", c->use.session->dir);
	r = io_replace(dir, "edit.diff", text->ptr, text->len, 0600);
	fflush(NULL);
	if (!r && !buf_oom(&path))
		pid = fork();
	if (!pid)
		run_editor(path.ptr);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	buf_clear(text);
	r = status ? -EIO : io_read_file(dir, "edit.diff", EDIT_MAX, text);
	unlinkat(dir, "edit.diff", 0);
	buf_release(&path);
	return r ? err_set(err, r, "the editor failed, the hunk stays as it"
			   " was; $EDITOR names another") : 0;
}

int edit_hunk(const struct changes *c, struct choose *to, size_t hunk,
	      struct err *err)
{
	struct buf text = BUF_INIT;
	int r;

	buf_addstr(&text, edit_above);
	hunk_text(&to->hunks, hunk, &text);
	buf_addstr(&text, edit_below);
	r = edit_text(c, &text, err);
	if (!r)
		r = choose_edit(to, hunk, text.ptr, text.len, err);
	buf_release(&text);
	return r;
}
