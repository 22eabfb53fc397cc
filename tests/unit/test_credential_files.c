/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shipped.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The shipped rules against the table of known credential files and the corpus
 * of names, which lie beside the source tree (or where $SCRIM_DATA says).
 */

static char data[512];

/* Rows that are not hidden, each with the reason. */
static const struct {
	const char *glob, *why;
} shown[] = {
	{ "**/*.certSigningRequest", "public" },
	{ "**/*.mobileprovision", "signed by Apple, holds no private key" },
	{ "**/.ssh/config", "hosts and users, no secret" },
	{ "**/.ssh/known_hosts", "public keys" },
	{ "**/etc/passwd", "no hashes since shadow" },
	{ "**/.lesshst", "searches, no secret" },
	{ "**/*.enc", "encrypted" },
};

/* A path that the glob of a row is meant to match. */
static void sample(const char *glob, char *out, size_t size)
{
	size_t n = 0;

	for (; *glob && n + 8 < size; glob++) {
		if (!strncmp(glob, "**", 2)) {
			out[n++] = 'd';
			glob++;
		} else if (*glob == '*') {
			memcpy(out + n, "abc", 3);
			n += 3;
		} else {
			out[n++] = *glob;
		}
	}
	out[n] = '\0';
}

static int is_shown_on_purpose(const char *glob)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (!strcmp(shown[i].glob, glob))
			return 1;
	return 0;
}

static struct verdict judge(const char *path)
{
	struct verdict v;

	policy_whole_path(policy, path, strlen(path), &v);
	return v;
}

/* With a content that says nothing. */
static struct verdict judge_plain(const char *path)
{
	static const char plain[] = "Nothing of interest.\n";
	struct verdict v = judge(path);
	int fd = memfd_create("t", MFD_CLOEXEC);

	assert_int_equal(write(fd, plain, sizeof(plain) - 1),
			 sizeof(plain) - 1);
	policy_confirm(policy, &v, fd, path);
	close(fd);
	return v;
}

/* Look-alikes that lie in a directory which is hidden as a whole. */
static const char *const swept[] = { "d/.gnupg/pubring.kbx" };

static int is_swept(const char *path)
{
	for (size_t i = 0; i < sizeof(swept) / sizeof(swept[0]); i++)
		if (!strcmp(swept[i], path))
			return 1;
	return 0;
}

/* In the table, words of prose stand between the names. */
static int is_name(const char *word)
{
	return strchr(word, '.') && !strchr(word, '(') && !strchr(word, '/') &&
	       !strchr(word, '$') && !strchr(word, ')') &&
	       strcmp(word, "org.gradle.*") && word[strlen(word) - 1] != ':';
}

static int check_lookalikes(const char *glob, char *words)
{
	char path[600], dir[300], *save = NULL;
	int bad = 0;

	sample(glob, dir, sizeof(dir));
	*(strrchr(dir, '/') + 1) = '\0';
	for (char *w = strtok_r(words, " ,", &save); w;
	     w = strtok_r(NULL, " ,", &save)) {
		char name[200];

		if (!is_name(w))
			continue;
		sample(w, name, sizeof(name));
		snprintf(path, sizeof(path), "%s%s", dir, name);
		if (judge_plain(path).action == ACTION_SHOW || is_swept(path))
			continue;
		print_error("look-alike %s: %s\n", path,
			    rule_id(judge_plain(path).rule));
		bad++;
	}
	return bad;
}

static int check_row(char *line)
{
	char *cell[8] = { NULL }, path[300];
	size_t n = 0;
	int hidden;

	while (n < 8 && (cell[n] = strsep(&line, "\t")))
		n++;
	if (n < 6) {
		print_error("a row of %zu cells\n", n);
		return 1;
	}
	sample(cell[0], path, sizeof(path));
	hidden = judge(path).action >= ACTION_MASK;
	if (hidden == is_shown_on_purpose(cell[0])) {
		print_error("%s is %s\n", cell[0], hidden ? "hidden" : "shown");
		return 1;
	}
	return check_lookalikes(cell[0], cell[5]);
}

static FILE *open_data(const char *name)
{
	char path[600];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", data, name);
	f = fopen(path, "re");
	if (!f)
		fail_msg("%s cannot be opened", path);
	return f;
}

static void test_names_every_row_is_hidden(void **state)
{
	FILE *f = open_data("credential-files.tsv");
	char line[2000];
	int rows = 0, bad = 0;

	assert_non_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		bad += check_row(line);
		rows++;
	}
	fclose(f);
	assert_int_equal(bad, 0);
	assert_true(rows > 300);
}

/* Names and contents together, as the mount and the scan see them. */
static void test_names_corpus(void **state)
{
	FILE *f = open_data("visible-names/labels.tsv");
	char line[2000], path[1200];
	int missed = 0, false_hits = 0;

	assert_non_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f)) {
		char *rest = line, *name = strsep(&rest, "\t");
		struct verdict v = judge(strchr(name, '/') + 1);
		int secret = strstr(rest, "\tT\t") != NULL, fd;

		snprintf(path, sizeof(path), "%s/visible-names/files/%s", data,
			 name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		policy_confirm(policy, &v, fd, strchr(name, '/') + 1);
		close(fd);
		if (secret == (v.action >= ACTION_MASK))
			continue;
		print_error("%s: %s\n", name, secret ? "missed" :
						       rule_id(v.rule));
		missed += secret;
		false_hits += !secret;
	}
	fclose(f);
	assert_int_equal(missed, 0);
	assert_int_equal(false_hits, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_every_row_is_hidden),
		cmocka_unit_test(test_names_corpus),
	};
	const char *dir = getenv("SCRIM_DATA"), *src = getenv("srcdir");

	if (dir)
		snprintf(data, sizeof(data), "%s", dir);
	else
		snprintf(data, sizeof(data), "%s/../shared/data",
			 src ? src : ".");
	if (access(data, R_OK)) {
		fprintf(stderr, "SKIP: no %s, which is not of this tree\n",
			data);
		return 77;
	}
	return cmocka_run_group_tests(tests, shipped_start, shipped_stop);
}
