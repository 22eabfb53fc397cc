/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory maps, above all across the first write to a file. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "obs.h"

#define LEN 10000

static void note_map(const char *label, const char *m)
{
	obs_note("%s: %016llx", label,
		 (unsigned long long)obs_hash(m, LEN, OBS_HASH_INIT));
}

static char *map(int fd, int prot, int flags)
{
	char *m = mmap(NULL, LEN, prot, flags, fd, 0);

	TRY(m == MAP_FAILED ? -1 : 0);
	return m;
}

static void map_old_reader(void)
{
	int r = open("f", O_RDONLY), w;
	char *shared = map(r, PROT_READ, MAP_SHARED);
	char *private = map(r, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	note_map("shared", shared);
	private[100] = 'P';
	w = open("f", O_RDWR);
	NUM(pwrite(w, "WRITTEN", 7, 5000));
	note_map("shared after a write", shared);
	obs_note("private page of its own: %c", private[100]);
	NUM(write(w, "start", 5));
	note_map("shared after a write", shared);
	obs_content("file", r);
	close(w);
	close(r);
	TRY(truncate("f", 6000));
	note_map("first part after truncate", shared);
	TRY(munmap(shared, LEN));
	TRY(munmap(private, LEN));
	obs_show("f");
}

static void map_writer(void)
{
	int fd = open("f", O_RDWR), other = open("f", O_RDONLY);
	char *m = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	struct obs_was w;

	obs_before(&w, "f");
	memcpy(m + 4090, "MAPPED ACROSS PAGES", 19);
	TRY(msync(m, LEN, MS_SYNC));
	obs_after(&w, "mapped write");
	obs_content("other reader", other);
	NUM(pwrite(fd, "by call", 7, 4100));
	note_map("map after pwrite", m);
	m[0] = '!';
	close(fd);
	m[1] = '!';
	obs_content("not yet synced", other);
	TRY(munmap(m, LEN));
	obs_show("f");
	close(other);
}

static void map_two_names(void)
{
	int a = open("h1", O_RDWR), b = open("d/h3", O_RDWR);
	char *m, *n;

	TRY(ftruncate(a, LEN));
	m = map(a, PROT_READ | PROT_WRITE, MAP_SHARED);
	n = map(b, PROT_READ, MAP_SHARED);
	m[10] = 'Q';
	obs_note("other name's map: %c", n[10]);
	TRY(munmap(m, LEN));
	TRY(munmap(n, LEN));
	obs_show("h2");
}

static void map_unlinked(void)
{
	int fd = open("f", O_RDWR);
	char *m = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);

	TRY(unlink("f"));
	close(fd);
	m[7] = 'U';
	TRY(msync(m, LEN, MS_SYNC));
	note_map("unlinked", m);
	TRY(munmap(m, LEN));
}

static void touch_beyond(void)
{
	int fd = open("f", O_RDWR);
	volatile char *m = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);

	TRY(ftruncate(fd, 100));
	m[5000] = 'x';
	obs_note("wrote beyond the end");
}

static void map_errors(void)
{
	int r = open("f", O_RDONLY), w = open("f", O_WRONLY),
	    d = open("d", O_RDONLY);

	map(r, PROT_READ | PROT_WRITE, MAP_SHARED);
	map(r, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	map(w, PROT_READ, MAP_SHARED);
	map(d, PROT_READ, MAP_SHARED);
	obs_note("beyond the end: status %d", obs_child(touch_beyond));
	obs_show("f");
}

const struct obs_case map_cases[] = {
	{ "map_old_reader", 0, map_old_reader, NULL },
	{ "map_writer", 0, map_writer, NULL },
	{ "map_two_names", 0, map_two_names, NULL },
	{ "map_unlinked", 0, map_unlinked, NULL },
	{ "map_errors", 0, map_errors, NULL },
	{ NULL, 0, NULL, NULL },
};
