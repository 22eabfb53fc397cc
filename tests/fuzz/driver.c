/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target without a fuzzer's help:
 *
 *	fuzz_NAME [-t SECONDS] [-s SEED] FILE|DIRECTORY...
 *
 * Each file is tried as it is, then changes of them at random for so long. The
 * input that is being tried is in the file fuzz-NAME.last of the current directory
 * where the target crashes; a try that takes more than ten seconds is a hang.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define INPUT_MAX 65536

struct input {
	uint8_t *at;
	size_t len;
};

static struct input seeds[4096];
static size_t n_seeds;
static uint8_t now[INPUT_MAX * 2];
static size_t now_len;
static char last[256];
static uint64_t state;

static uint64_t rnd(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? state % below : 0;
}

static void on_signal(int sig)
{
	int fd = creat(last, 0600);

	if (fd >= 0 && write(fd, now, now_len) >= 0)
		close(fd);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void try_now(void)
{
	uint8_t *copy = malloc(now_len ? now_len : 1);

	/* of its own size, so that a sanitizer sees a read behind it */
	memcpy(copy, now, now_len);
	alarm(10);
	LLVMFuzzerTestOneInput(copy, now_len);
	alarm(0);
	free(copy);
}

static void add_file(const char *path)
{
	FILE *f = fopen(path, "r");
	struct input *s = &seeds[n_seeds];

	if (!f || n_seeds == sizeof(seeds) / sizeof(seeds[0]))
		exit(2);
	s->at = malloc(INPUT_MAX);
	s->len = fread(s->at, 1, INPUT_MAX, f);
	n_seeds++;
	fclose(f);
}

static void add_path(const char *path)
{
	struct dirent **names;
	char file[4096];
	struct stat st;
	int n;

	if (stat(path, &st)) {
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		add_file(path);
		return;
	}
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			add_file(file);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void insert(size_t at, const uint8_t *bytes, size_t len)
{
	if (now_len + len > INPUT_MAX)
		return;
	memmove(now + at + len, now + at, now_len - at);
	memmove(now + at, bytes, len);
	now_len += len;
}

static void change(void)
{
	static const uint8_t odd[][8] = {
		{ 0 }, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0xff, 0xff, 0xff, 0x7f }, { 1 }, { 0, 0, 0, 0x80 },
	};
	const struct input *other = &seeds[rnd(n_seeds)];
	size_t at = rnd(now_len + 1), len = 1 + rnd(rnd(4) ? 8 : 200);
	size_t from = rnd(other->len + 1);
	uint8_t one = (uint8_t)rnd(256);

	len = len > now_len - at ? now_len - at : len;
	switch (rnd(7)) {
	case 0:
		if (len)
			now[at] ^= (uint8_t)(1u << rnd(8));
		break;
	case 1:
		insert(at, &one, 1);
		break;
	case 2:
		memmove(now + at, now + at + len, now_len - at - len);
		now_len -= len;
		break;
	case 3:
		memcpy(now + at, odd[rnd(5)], len < 8 ? len : 8);
		break;
	case 4:
		insert(at, other->at + from, rnd(other->len - from + 1));
		break;
	case 5:
		if (len)
			now[at] = one;
		break;
	default:
		insert(rnd(now_len + 1), now + at, len);
	}
}

static void fuzz(long seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned long tries = 0;

	while (seconds && time(NULL) < end) {
		const struct input *s = &seeds[rnd(n_seeds)];

		memcpy(now, s->at, s->len);
		now_len = s->len;
		for (uint64_t n = 1 + rnd(12); n; n--)
			change();
		try_now();
		tries++;
	}
	printf("%lu inputs, from %zu seeds\n", tries, n_seeds);
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	unsigned long seed = (unsigned long)time(NULL);
	long seconds = 0;
	int c;

	while ((c = getopt(argc, argv, "t:s:")) != -1)
		if (c == 't')
			seconds = strtol(optarg, NULL, 10);
		else if (c == 's')
			seed = strtoul(optarg, NULL, 10);
		else
			return 2;
	snprintf(last, sizeof(last), "%s.last", name ? name + 1 : argv[0]);
	state = seed * 2654435761u + 88172645463325252ull;
	signal(SIGABRT, on_signal);
	signal(SIGSEGV, on_signal);
	signal(SIGBUS, on_signal);
	signal(SIGFPE, on_signal);
	signal(SIGALRM, on_signal);
	for (; optind < argc; optind++)
		add_path(argv[optind]);
	if (!n_seeds)
		seeds[n_seeds++].at = malloc(1);
	printf("seed %lu: ", seed);
	fflush(stdout);
	for (size_t i = 0; i < n_seeds; i++) {
		memcpy(now, seeds[i].at, seeds[i].len);
		now_len = seeds[i].len;
		try_now();
	}
	fuzz(seconds);
	return 0;
}
