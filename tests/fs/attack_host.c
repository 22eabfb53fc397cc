/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workspace of the attacks, and the user who works in it meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

static int failed;

static void check(const char *what, int r)
{
	if (r) {
		perror(what);
		failed = 1;
	}
}

static void put(const char *path, const char *before, const char *secret,
		const char *after)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		check(path, 1);
		return;
	}
	fprintf(f, "%s%s%s", before, secret, after);
	check(path, fclose(f));
}

static void put_hidden(const char *path)
{
	put(path, "KEY=", attack_canary, "\n");
	check(path, setxattr(path, "user.secret", attack_canary,
			     strlen(attack_canary), 0) && errno != EOPNOTSUPP);
}

static void put_large(const char *path)
{
	FILE *f = fopen(path, "w");
	int i;

	if (!f) {
		check(path, 1);
		return;
	}
	/* The secret lies across each border of pages and of read sizes. */
	for (i = 1; i <= 40; i++) {
		while (ftell(f) < i * 4096 - 20)
			putc(ftell(f) % 61 ? 'x' : '\n', f);
		fprintf(f, "\ntoken = \"%s\"\n", attack_token);
	}
	check(path, fclose(f));
}

static const char *const dirs[] = {
	"config", "config/deep", "config/deep/er", "secrets", "secrets/in",
	"odd\nline", "only", "vis", "vis/sub", "late", "empty", "other",
};

int host_plant(const char *dir)
{
	const struct target *t;
	size_t i;

	if (chdir(dir)) {
		perror(dir);
		return 2;
	}
	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		check(dirs[i], mkdir(dirs[i], 0755));
	for (t = targets; t->path; t++)
		if (strcmp(t->path, "secrets"))
			put_hidden(t->path);
	check("big", truncate("big.hid", 3 << 20));
	check("alias", link(".env", "alias.txt"));
	check("alias", link("secrets/db.txt", "vis/alias2"));
	check("alias", link("config/prod.hid", "config/alias3"));
	check("link", symlink(".env", "link"));
	check("link", symlink("../secrets", "vis/dirlink"));
	check("fifo", mkfifo("vis/fifo", 0644));
	put("app.json", "{ \"token\": \"", attack_token, "\", \"port\": 1 }\n");
	put("vis/notes.txt", "first line\nuse ", attack_token, " for it\n");
	put_large("large.txt");
	put("vis/plain.txt", "nothing", " to", " hide\n");
	put("vis/reused", "nothing", " to", " hide\n");
	put("config/plain.txt", "nothing", " to", " hide\n");
	put("vis/sub/moved.txt", "nothing", " to", " hide\n");
	return failed;
}

/* As an editor saves: a temporary file that then takes the name. */
static void save(const char *path)
{
	put_hidden("config/tmp.hid");
	check(path, rename("config/tmp.hid", path));
}

/* A number that a visible file had goes to a secret one. */
static void reuse_inode(void)
{
	unlink("vis/reused");
	put_hidden("late/reuse.hid");
	unlink("late/reuse.hid");
	put("vis/reused", "nothing", " to", " hide\n");
}

/* A visible file becomes a secret, by its name and by a new link. */
static void turn_secret(int i)
{
	char name[64];

	put("vis/turning", "nothing", " to", " hide\n");
	snprintf(name, sizeof(name), "late/turned%d.hid", i % 8);
	check("turn", rename("vis/turning", name));
	put_hidden(name);
	unlink("late-alias");
	check("late-alias", link(name, "late-alias"));
}

/* A visible file that a token is put into. */
static void gain_secret(int i)
{
	put("vis/gains.txt", "nothing yet", "", "\n");
	if (i % 2)
		put("vis/gains.txt", "token = ", attack_token, "\n");
}

static void new_dir(int i)
{
	char dir[32], sub[64], to[32];

	snprintf(dir, sizeof(dir), "late/d%d", i % 4);
	snprintf(sub, sizeof(sub), "%s/.env", dir);
	snprintf(to, sizeof(to), "late/e%d", i % 4);
	unlink(sub);
	rmdir(dir);
	check(dir, mkdir(dir, 0755));
	put_hidden(sub);
	check(dir, rename(dir, to));
	snprintf(sub, sizeof(sub), "%s/.env", to);
	unlink(sub);
	rmdir(to);
}

int host_disturb(const char *dir)
{
	struct timespec pause = { 0, 2000000 };
	time_t end = time(NULL) + attack_seconds();
	int i;

	if (chdir(dir)) {
		perror(dir);
		return 2;
	}
	for (i = 0; time(NULL) < end; i++) {
		save(".env");
		save("config/prod.hid");
		reuse_inode();
		turn_secret(i);
		gain_secret(i);
		new_dir(i);
		nanosleep(&pause, NULL);
	}
	printf("%d rounds of changes\n", i);
	return failed;
}
