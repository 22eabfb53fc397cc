/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attack plant DIR SEED		makes a workspace with planted secrets
 * attack host DIR SEED SECONDS		goes on changing them, as a user would
 * attack view DIR SEED SECONDS		attacks a view of it
 * attack secrets SEED			prints what is planted, a line each
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

const struct target targets[] = {
	{ ".env", "vis/.env" },
	{ "config/.env", "vis/.env" },
	{ "config/prod.hid", "config/absent.hid" },
	{ "config/deep/er/PROD.HID", "config/deep/er/absent.hid" },
	{ "secrets", "vis/secrets" },
	{ "secrets/db.txt", "vis/secrets/db.txt" },
	{ "secrets/in/more.txt", "vis/secrets/in/more.txt" },
	{ "odd\nline/\xff.hid", "odd\nline/\xfe.hid" },
	{ "only/.env", "vis/.env" },
	{ "big.hid", "absent.hid" },
	{ NULL, NULL },
};

const char *const aliases[] = {
	"alias.txt", "vis/alias2", "config/alias3", "link", "vis/dirlink/db.txt",
	"late-alias", NULL,
};

const char *const masked[] = { "app.json", "vis/notes.txt", "large.txt", NULL };

static char canary[64], token[64];
const char *attack_canary = canary, *attack_token = token;
static unsigned n_attacks, n_leaks;
static int seconds;

/* The last six characters of such a token are a checksum of those before. */
static void add_checksum(char *body)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";
	unsigned crc = 0xffffffffu;
	int i, k;

	for (i = 0; i < 30; i++) {
		crc ^= (unsigned char)body[i];
		for (k = 0; k < 8; k++)
			crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
	}
	crc = ~crc;
	for (i = 35; i >= 30; i--, crc /= 62)
		body[i] = digits[crc % 62];
	body[36] = '\0';
}

/* Secrets that look like one to the rules, made of the seed, never stored. */
static void make_secrets(const char *seed)
{
	unsigned long v = strtoul(seed, NULL, 0) * 2654435761u + 12345;
	int i;

	snprintf(canary, sizeof(canary), "CANARY-FAKE-%08lx", v & 0xffffffff);
	snprintf(token, sizeof(token), "%s_", "ghp");
	for (i = 4; i < 34; i++) {
		v = v * 6364136223846793005u + 1442695040888963407u;
		token[i] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
			   "23456789"[(v >> 33) % 56];
	}
	add_checksum(token + 4);
}

int attack_seconds(void)
{
	return seconds;
}

void attack_count(int row)
{
	(void)row;
	n_attacks++;
}

void attack_leak(int row, const char *fmt, ...)
{
	va_list ap;

	n_leaks++;
	if (n_leaks > 50)
		return;
	printf("row %d: ", row);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

int attack_look(int row, const char *what, const void *buf, size_t n)
{
	size_t i;

	if (memmem(buf, n, canary, strlen(canary))) {
		attack_leak(row, "content of a hidden file by %s", what);
		return 1;
	}
	for (i = 4; i + 10 <= strlen(token); i++)
		if (memmem(buf, n, token + i, 10)) {
			attack_leak(row, "part of a masked secret by %s", what);
			return 1;
		}
	return 0;
}

void attack_read_fd(int row, const char *what, int fd)
{
	static char buf[1 << 20];
	off_t off = 0;
	ssize_t n;

	attack_count(row);
	while ((n = pread(fd, buf, sizeof(buf), off)) > 0) {
		if (attack_look(row, what, buf, (size_t)n))
			break;
		/* What lies across two pieces is seen by the overlap. */
		off += n > 100 ? n - 64 : n;
		if (n < (ssize_t)sizeof(buf))
			break;
	}
}

int attack_read_at(int row, int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	int e = errno;

	attack_count(row);
	if (fd < 0)
		return e;
	attack_read_fd(row, path, fd);
	close(fd);
	return 0;
}

int attack_read(int row, const char *path)
{
	return attack_read_at(row, AT_FDCWD, path);
}

/* Is it the name of something hidden? Names of shadows are made by us. */
static void check_name(int row, const char *path)
{
	const struct target *t;

	for (t = targets; t->path; t++)
		if (!strcmp(path, t->path))
			attack_leak(row, "the name of a hidden file is listed");
}

static void read_meta(int row, const char *path)
{
	char buf[8192];
	ssize_t n = readlink(path, buf, sizeof(buf));

	attack_count(row);
	if (n > 0)
		attack_look(row, "readlink", buf, (size_t)n);
	n = llistxattr(path, buf, sizeof(buf));
	if (n > 0)
		attack_look(row, "listxattr", buf, (size_t)n);
	n = lgetxattr(path, "user.secret", buf, sizeof(buf));
	if (n > 0)
		attack_look(row, "getxattr", buf, (size_t)n);
}

void attack_walk(int row, const char *dir)
{
	char path[PATH_MAX];
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		check_name(row, strncmp(path, "./", 2) ? path : path + 2);
		attack_look(row, "a name", path, strlen(path));
		read_meta(row, path);
		if (lstat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			attack_walk(row, path);
		else if (S_ISREG(st.st_mode))
			attack_read(row, path);
	}
	if (d)
		closedir(d);
}

const char *attack_name(void)
{
	static char name[64];
	static unsigned n;

	snprintf(name, sizeof(name), "vis/made%u-%u", (unsigned)getpid(), n++);
	return name;
}

static void run_table(const struct attack *a)
{
	for (; a->run; a++) {
		unsigned before = n_leaks;

		a->run(a->row);
		if (n_leaks != before)
			printf("row %d: %u leaks\n", a->row, n_leaks - before);
		fflush(stdout);
	}
}

static int attack_view(const char *dir)
{
	if (chdir(dir)) {
		perror(dir);
		return 2;
	}
	attack_walk(2, ".");
	run_table(errno_attacks);
	run_table(read_attacks);
	run_table(name_attacks);
	run_table(race_attacks);
	attack_walk(3, ".");
	printf("attacks %u leaks %u\n", n_attacks, n_leaks);
	return n_leaks || !n_attacks ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "secrets")) {
		make_secrets(argv[2]);
		return printf("%s\n%s\n", canary, token) < 0;
	}
	if (argc < 4) {
		fprintf(stderr,
			"usage: attack plant|host|view DIR SEED [SECONDS]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	make_secrets(argv[3]);
	seconds = argc > 4 ? atoi(argv[4]) : 2;
	if (!strcmp(argv[1], "plant"))
		return host_plant(argv[2]);
	if (!strcmp(argv[1], "host"))
		return host_disturb(argv[2]);
	return attack_view(argv[2]);
}
