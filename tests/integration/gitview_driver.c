/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gitview by itself, for test_gitview.sh, with rules that need no rule files:
 * a last component of ".env" or one that begins with "hidden" is hidden, "denied"
 * is denied, "cert.pem" is hidden unless its content says PUBLIC, and sixteen
 * characters after "FAKE_TOKEN_" are a secret.
 *
 *	gitview_driver MODE WORKSPACE OUT CACHE [SECONDS]
 *
 * prints for each repository "PATH CHOICE DIR WHY", before it what is to be
 * hidden of a full one, and the summary at the end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/gitview.h"
#include "util/io.h"
#include "util/path.h"

#define MARK "FAKE_TOKEN_"
#define SECRET_LEN 16

static void judge_path(void *payload, const char *path, size_t len,
		       struct verdict *out)
{
	*out = (struct verdict){ .action = ACTION_SHOW };
	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (!strncmp(p, ".env", 4) && (!p[4] || p[4] == '/'))
			out->action = ACTION_HIDE;
		if (!strncmp(p, "hidden", 6))
			out->action = ACTION_HIDE;
		if (!strncmp(p, "denied", 6))
			out->action = ACTION_DENY;
		if (!strcmp(p, "cert.pem")) {
			out->action = ACTION_HIDE;
			out->confirm = 1;
		}
	}
}

static void judge_confirm(void *payload, struct verdict *v, int fd,
			  const char *path)
{
	char text[64] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) > 0 && strstr(text, "PUBLIC"))
		v->action = ACTION_SHOW;
	v->confirm = 0;
}

static int judge_content(void *payload, const struct verdict *v,
			 const char *path, int fd, struct buf *bytes)
{
	struct buf text = BUF_INIT;
	char *at, *from;
	struct stat st;
	int r;

	if (fstat(fd, &st) || buf_grow(&text, (size_t)st.st_size))
		return -1;
	text.len = (size_t)io_pread_full(fd, text.ptr, (size_t)st.st_size, 0);
	text.ptr[text.len] = '\0';
	at = memmem(text.ptr, text.len, MARK, strlen(MARK));
	r = at != NULL;
	for (from = bytes ? bytes->ptr : NULL; from && bytes->len;) {
		from = memmem(from, (size_t)(bytes->ptr + bytes->len - from),
			      MARK, strlen(MARK));
		if (!from)
			break;
		from += strlen(MARK);
		for (int i = 0; i < SECRET_LEN && from[i]; i++)
			from[i] = '*';
	}
	buf_release(&text);
	return r;
}

static int show(const struct gitview *v, struct err *err)
{
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < v->n; i++) {
		if (v->at[i].hide)
			printf("hide %s\n", v->at[i].hide);
		printf("%s %s %s %s\n", *v->at[i].path ? v->at[i].path : ".",
		       gitview_mode_name(v->at[i].choice),
		       v->at[i].dir ? v->at[i].dir : "-", v->at[i].why);
	}
	gitview_summary(v, &line);
	printf("summary %s: %s\n", gitview_mode_name(gitview_choice(v)),
	       line.ptr);
	buf_release(&line);
	return 0;
}

int main(int argc, char **argv)
{
	struct gitview_rules rules = { judge_path, judge_confirm,
				       judge_content, NULL, "test" };
	enum gitview_mode mode;
	struct gitview v;
	struct err err = ERR_INIT;
	int workspace, out, r;

	if (argc < 5)
		return 2;
	workspace = open(argv[2], O_RDONLY | O_DIRECTORY);
	out = open(argv[3], O_RDONLY | O_DIRECTORY);
	r = gitview_mode_parse(argv[1], &mode, &err);
	if (!r)
		r = gitview_find(&v, workspace, &rules, argv[4], &err);
	if (r)
		goto out;
	r = gitview_decide(&v, mode, &rules, argc > 5 ? atof(argv[5]) : 30,
			   &err);
	if (!r)
		r = gitview_build(&v, &rules, out, &err);
	if (!r)
		r = show(&v, &err);
	gitview_release(&v);
out:
	if (r)
		fprintf(stderr, "%s\n", err.msg);
	return r ? 1 : 0;
}
