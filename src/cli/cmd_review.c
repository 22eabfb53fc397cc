/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/review/review.h"
#include "session/session.h"
#include "util/io.h"

#define SCRIPT_MAX (1u << 20)

static const char *script, *text_file;

static const struct opt options[] = {
	OPT_STRING(0, "script", "FILE", &script,
		   "take the keys from FILE, without a terminal"),
	OPT_STRING(0, "text", "FILE", &text_file,
		   "only write comments and refused hunks for the agent"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_YES,
	OPT_COLOR,
	OPT_END,
};

/* Creates FILE, or gives stdout for "-". */
static int write_text(struct review *v, const char *name, struct err *err)
{
	FILE *f = stdout;
	int fd, r;

	if (strcmp(name, "-")) {
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		f = fd < 0 ? NULL : fdopen(fd, "w");
		if (!f)
			return err_errno(err, -errno, "%s", name);
	}
	review_check_all(v);
	r = finish_text(v, f);
	if (r)
		err_errno(err, r, "the text cannot be made");
	if (f != stdout && (ferror(f) | fclose(f)) && !r)
		r = err_errno(err, -EIO, "%s", name);
	return r;
}

/* Nothing is done by half a script. */
static int read_script(struct buf *out, struct err *err)
{
	int r = io_read_file(AT_FDCWD, script, SCRIPT_MAX, out);
	int lines, cols, key = SKEY_NONE;
	const char *p = out->ptr;

	if (r)
		return err_errno(err, r, "%s", script);
	while (key != SKEY_END && key != SKEY_BAD)
		key = script_key(&p, &lines, &cols);
	return key == SKEY_BAD ? err_set(err, -EINVAL, "%s: unknown key at byte"
			 " %zu; see scrim(1)", script, (size_t)(p - out->ptr)) :
			 0;
}

static int is_plain(void)
{
	const char *none = getenv("NO_COLOR");

	if (!strcmp(opt_common.color, "always"))
		return 0;
	return !strcmp(opt_common.color, "never") || (none && *none);
}

static int show(struct review *v, struct err *err)
{
	struct buf keys = BUF_INIT;
	int r = 0;

	v->script = script != NULL;
	if (script)
		r = read_script(&keys, err);
	if (!r)
		r = screen_open(&v->screen, (is_plain() ? SCREEN_PLAIN : 0) |
				(script ? SCREEN_SCRIPT : 0), keys.ptr, err);
	if (!r)
		r = review_loop(v, err);
	screen_close(v->screen);
	v->screen = NULL;
	buf_release(&keys);
	return r;
}

/* ========== What comes of it ========== */

struct args {
	const char *at[16];
	size_t n;
};

static void add(struct args *a, const char *word)
{
	a->at[a->n++] = word;
}

/*
 * What was chosen is in the session by now, and apply checks that it still is
 * what was seen: so it is done as if the person had typed it.
 */
static int run_apply(const struct review *v, const char *id)
{
	struct args a = { .n = 0 };
	pid_t pid = 0;
	int status = 0;

	add(&a, "scrim");
	add(&a, "apply");
	add(&a, "--chosen");
	add(&a, "--session");
	add(&a, id);
	if (opt_common.state_dir) {
		add(&a, "--state-dir");
		add(&a, opt_common.state_dir);
	}
	if (opt_common.yes)
		add(&a, "--yes");
	if (v->end == END_COMMIT)
		add(&a, "--commit");
	if (v->end == END_COMMITS)
		add(&a, "--commits");
	else if (v->end != END_APPLY) {
		add(&a, v->end == END_PATCH ? "--patch" :
		    v->end == END_BRANCH ? "--branch" : "--message");
		add(&a, v->answer);
	}
	add(&a, NULL);
	fflush(NULL);
	/* of several workspaces the next one is looked at afterwards */
	if (opt_common.part)
		pid = fork();
	if (!pid) {
		execv("/proc/self/exe", (char *const *)a.at);
		out_fail("cannot run scrim apply: %s", strerror(errno));
		_exit(STATUS_FAILED);
	}
	if (pid < 0)
		return out_fail("cannot run scrim apply: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}

static void tell_attempts(const struct changes *c)
{
	size_t n = changes_attempts(c);

	if (n)
		out_note("the agent asked %zu time%s for what is kept from it:"
			 " scrim log --attempts", n, n == 1 ? "" : "s");
}

static int end(struct review *v, struct err *err)
{
	size_t n[4];

	if (v->end == END_TEXT) {
		if (write_text(v, v->answer, err))
			return out_err(err);
		if (strcmp(v->answer, "-"))
			out_note("written to %s", v->answer);
		return STATUS_DONE;
	}
	finish_count(v, n);
	tell_attempts(v->c);
	if (v->end == END_KEEP)
		out_note("kept: %zu taken, %zu in part, %zu left, %zu open;"
			 " scrim review goes on, scrim apply --chosen applies",
			 n[CHOICE_TAKE], n[CHOICE_PART], n[CHOICE_LEAVE],
			 n[CHOICE_NONE]);
	return STATUS_DONE;
}

static int nothing(const struct changes *c)
{
	tell_attempts(c);
	out_note("session %s has no changes", changes_name(c));
	return STATUS_DONE;
}

static int review(int argc, char **argv)
{
	struct changes c = CHANGES_INIT;
	struct review v = { .c = &c, .lock = -1 };
	char id[SESSION_ID_LEN + 1] = "";
	struct err err = ERR_INIT;
	int status;

	signal(SIGHUP, SIG_IGN);
	if (changes_open(&c, CHANGES_WRITE | CHANGES_LIST | CHANGES_LAZY,
			 &err) || review_begin(&v, &err))
		status = out_err(&err);
	else if (!c.list.n && !text_file)
		status = nothing(&c);
	else if (text_file)
		status = write_text(&v, text_file, &err) ? out_err(&err) :
			 STATUS_DONE;
	else if (show(&v, &err) || review_save(&v, &err))
		status = out_err(&err);
	else
		status = end(&v, &err);
	if (c.use.session)
		memcpy(id, c.use.session->id, sizeof(id));
	review_release(&v);
	changes_close(&c);
	if (status == STATUS_DONE && (v.end == END_APPLY ||
	    v.end == END_PATCH || v.end == END_COMMIT || v.end == END_COMMITS ||
	    v.end == END_BRANCH))
		status = run_apply(&v, id);
	return status;
}

const struct command cmd_review = {
	.name = "review",
	.fn = review,
	.args = "",
	.summary = "look at the changes on the whole screen and choose",
	.about = "Files, hunks and single lines are taken or left; ? lists the"
		 " keys. What was chosen is\nkept in the session: the review"
		 " can go on another day, and scrim apply --chosen\napplies"
		 " exactly that. What is shown does not change meanwhile.",
	.options = options,
	.group = GROUP_EACH,
	.min = 0,
	.max = 0,
};
