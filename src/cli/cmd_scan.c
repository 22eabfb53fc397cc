/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/scan_git.h"
#include "cli/scan_run.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

static const char *format_name = "text";
static const char *severity_word = "low", *confidence_word = "medium";
static const char *baseline_path, *write_baseline_path, *since, *taint;
static int trust_comments, show_secrets, print_masks, no_cache;
static int history, staged, install_hook;
static long jobs;

static const struct opt options[] = {
	OPT_CHOICE('f', "format", SCAN_FORMATS, &format_name,
		   "how to print what is found"),
	OPT_CHOICE(0, "severity", "low|medium|high|critical", &severity_word,
		   "leave out what is less severe"),
	OPT_CHOICE(0, "confidence", "low|medium|high", &confidence_word,
		   "leave out what is less sure (default: medium)"),
	OPT_FLAG(0, "history", &history,
		 "scan all that git ever kept here, not the files"),
	OPT_STRING(0, "since", "REV", &since,
		   "scan what git's commits after REV brought"),
	OPT_FLAG(0, "staged", &staged, "scan what git is about to commit"),
	OPT_FLAG(0, "install-hook", &install_hook,
		 "make git run scrim scan --staged before each commit"),
	OPT_STRING(0, "baseline", "FILE", &baseline_path,
		   "leave out what FILE knows"),
	OPT_STRING(0, "write-baseline", "FILE", &write_baseline_path,
		   "write what is found to FILE, as hashes"),
	OPT_RULES,
	OPT_CHOICE(0, "taint", "yes|no", &taint,
		   "find copies of what is secret elsewhere, too"),
	OPT_FLAG(0, "trust-comments", &trust_comments,
		 "leave out lines with a comment scrim:allow"),
	OPT_FLAG(0, "show-secrets", &show_secrets,
		 "print the secrets too, on a terminal only"),
	OPT_FLAG(0, "print-masks", &print_masks,
		 "print what the mount would mask: path, offset, length, rule"),
	OPT_FLAG(0, "no-cache", &no_cache, "read all files again"),
	OPT_NUMBER('j', "jobs", "N", &jobs, "use N threads"),
	OPT_JSON,
	OPT_COLOR,
	OPT_END,
};

static int processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return CPU_COUNT(&set);
}

static int read_options(struct scan_run *r, struct err *err)
{
	int ret = 0;

	memset(r, 0, sizeof(*r));
	r->format = scan_format_find(format_name);
	severity_parse(severity_word, &r->severity, NULL);
	confidence_parse(confidence_word, &r->confidence, NULL);
	r->show_secrets = show_secrets;
	r->print_masks = print_masks;
	r->trust_comments = trust_comments;
	r->taint = taint;
	r->threads = jobs > 0 ? (int)jobs : processors();
	if (baseline_path)
		ret = baseline_read(&r->known, baseline_path, err);
	if (!ret && write_baseline_path)
		ret = baseline_new(&r->made) ?
			err_set(err, -ENOMEM, "out of memory") : 0;
	return ret;
}

/* The path of an operand as rules see it: below no root. */
static void rule_path(const char *operand, struct buf *out)
{
	while (*operand == '/')
		operand++;
	if (path_clean(operand, out) < 0 || !out->len) {
		buf_clear(out);
		buf_addstr(out, path_base(operand));
	}
}

static int scan_file(struct scan_run *r, int fd, const char *operand)
{
	struct buf path = BUF_INIT;
	struct tree_scan t;
	int ret;

	rule_path(operand, &path);
	scan_run_tree(r, &t);
	t.cache = NULL;
	r->shown_as = operand;
	ret = buf_oom(&path) ? -ENOMEM : tree_scan_one(&t, fd, path.ptr);
	r->shown_as = NULL;
	buf_release(&path);
	return ret;
}

static int scan_dir(struct scan_run *r, int fd, const char *operand)
{
	struct tree_scan t;

	scan_run_tree(r, &t);
	r->prefix = !strcmp(operand, ".") || !strcmp(operand, "./") ? "" :
								      operand;
	return tree_scan(&t, fd);
}

/* An operand that is a symlink is followed; below it none is. */
static int scan_operand(struct scan_run *r, const char *operand)
{
	struct stat st;
	int fd, ret;

	if (!strcmp(operand, "-"))
		return scan_file(r, STDIN_FILENO, "-");
	ret = quiet_open(AT_FDCWD, operand, O_NONBLOCK | O_NOCTTY, &fd);
	if (!ret && fstat(fd, &st))
		ret = -errno;
	if (ret) {
		r->prefix = NULL;
		scan_run_incomplete(r, operand, strerror(-ret));
		io_close(&fd);
		return 0;
	}
	if (S_ISDIR(st.st_mode))
		ret = scan_dir(r, fd, operand);
	else
		ret = scan_file(r, fd, operand);
	io_close(&fd);
	return ret;
}

/* .scrim.ini is looked for where one directory is to be scanned. */
static int open_workspace(int argc, char **argv)
{
	const char *dir = argc == 1 ? argv[0] : argc ? NULL : ".";

	if (!dir || !strcmp(dir, "-"))
		return -1;
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The cache is for the files of a directory; without one it is not made. */
static int has_directory(int argc, char **argv)
{
	struct stat st;

	for (int i = 0; i < argc; i++)
		if (!stat(argv[i], &st) && S_ISDIR(st.st_mode) &&
		    !access(argv[i], R_OK | X_OK))
			return 1;
	return !argc;
}

static int scan_all(struct scan_run *r, int argc, char **argv, struct err *err)
{
	static char *here[] = { (char *)".", NULL };
	struct scan_git g = { .dir = argc ? argv[0] : ".", .since = since,
			      .staged = staged };
	int ret = 0;

	if (history || staged || since)
		return scan_git(r, &g, err);
	if (!argc)
		argv = here;
	for (; *argv && !ret; argv++)
		ret = scan_operand(r, *argv);
	return ret ? err_errno(err, ret, "scan") : 0;
}

static int check_options(int argc)
{
	if (opt_common.json && strcmp(format_name, "text") &&
	    strcmp(format_name, "json"))
		return out_usage("scan", "--json and --format=%s exclude one "
				 "another", format_name);
	if (opt_common.json)
		format_name = "json";
	if (show_secrets && (!isatty(STDOUT_FILENO) ||
			     strcmp(format_name, "text")))
		return out_usage("scan", "--show-secrets is for a terminal");
	if (history + staged + !!since > 1)
		return out_usage("scan", "--history, --staged and --since "
				 "exclude one another");
	if ((history || staged || since || install_hook) && argc > 1)
		return out_usage("scan", "of git, one directory can be scanned "
				 "at a time");
	if (taint && !strcmp(taint, "yes") && argc > 1)
		return out_usage("scan", "--taint is for one directory at a "
				 "time");
	if (history && print_masks)
		return out_usage("scan", "--print-masks is for files");
	return STATUS_DONE;
}

static int scan(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct scan_run r;
	int ret, workspace, status = check_options(argc);

	if (status)
		return status;
	if (install_hook)
		return scan_git_hook(argc ? argv[0] : ".", &err) ?
			out_err(&err) : STATUS_DONE;
	workspace = open_workspace(argc, argv);
	ret = read_options(&r, &err);
	if (!ret)
		ret = scan_run_open(&r, workspace, !no_cache && !print_masks &&
				    has_directory(argc, argv), &err);
	if (!ret)
		ret = scan_all(&r, argc, argv, &err);
	if (!ret && r.made)
		ret = baseline_write(r.made, write_baseline_path, &err);
	if (ret)
		out_err(&err);
	status = ret ? STATUS_INCOMPLETE : scan_run_end(&r);
	scan_run_close(&r);
	io_close(&workspace);
	return status;
}

const struct command cmd_scan = {
	.name = "scan",
	.fn = scan,
	.args = "[PATH...]",
	.summary = "find secrets by name and content",
	.about = "Scans files and directories (default: the current one; - is "
		 "standard input),\nhidden and ignored files too, and prints "
		 "where secrets are, never what they are.\nLeaves with 0 where "
		 "there is none, 1 with findings, 3 where something could\nnot "
		 "be scanned whole.\n",
	.options = options,
	.max = -1,
};
