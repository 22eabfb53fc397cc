/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every way to get at the bytes of a file that is shown with masks or not at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attack.h"

static char buf[1 << 19];

static void by_bytes(int row, int fd, size_t size)
{
	size_t i;

	for (i = 0; i < size && i < 9000; i++)
		if (pread(fd, buf + i, 1, (off_t)i) != 1)
			break;
	attack_look(row, "reads of one byte", buf, i);
}

static void by_windows(int row, int fd, size_t size)
{
	static const size_t steps[] = { 7, 13, 100, 511, 4095, 4097, 65537 };
	size_t i, off;
	ssize_t n;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		for (off = 0; off < size && off < sizeof(buf) - 70000; off +=
		     (size_t)n) {
			n = pread(fd, buf + off, steps[i], (off_t)off);
			if (n <= 0)
				break;
		}
		attack_look(row, "odd windows", buf, off);
		attack_count(row);
	}
}

static void by_map(int row, int fd, size_t size)
{
	static const int flags[] = { MAP_SHARED, MAP_PRIVATE,
				     MAP_SHARED | MAP_POPULATE };
	char *m;
	int i;

	for (i = 0; i < 3; i++) {
		m = mmap(NULL, size, PROT_READ, flags[i], fd, 0);
		attack_count(row);
		if (m == MAP_FAILED)
			continue;
		attack_look(row, "mmap", m, size);
		munmap(m, size);
	}
}

static void by_copy(int row, int fd, size_t size)
{
	const char *name = attack_name();
	int p[2], out = open(name, O_CREAT | O_RDWR, 0600);
	loff_t off = 0;

	attack_count(row);
	if (copy_file_range(fd, &off, out, NULL, size, 0) > 0)
		attack_read_fd(row, "copy_file_range", out);
	off = 0;
	if (!ftruncate(out, 0) && sendfile(out, fd, &off, size) > 0)
		attack_read_fd(row, "sendfile", out);
	if (!pipe(p)) {
		off = 0;
		ssize_t n = splice(fd, &off, p[1], NULL, 60000, 0);

		if (n > 0 && (n = read(p[0], buf, (size_t)n)) > 0)
			attack_look(row, "splice", buf, (size_t)n);
		close(p[0]);
		close(p[1]);
	}
#ifdef FICLONE
	if (!ioctl(out, FICLONE, fd))
		attack_read_fd(row, "FICLONE", out);
#endif
	close(out);
	unlink(name);
}

static void by_direct(int row, const char *path)
{
	void *m = NULL;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_DIRECT);

	attack_count(row);
	if (fd < 0 || posix_memalign(&m, 4096, 1 << 18))
		return;
	n = pread(fd, m, 1 << 18, 0);
	if (n > 0)
		attack_look(row, "O_DIRECT", m, (size_t)n);
	n = pread(fd, m, 4096, 4096);
	if (n > 0)
		attack_look(row, "O_DIRECT at a page", m, (size_t)n);
	free(m);
	close(fd);
}

static void masked_reads(int row)
{
	const char *const *p;
	struct stat st;
	int fd;

	for (p = masked; *p; p++) {
		fd = open(*p, O_RDONLY);
		attack_count(row);
		if (fd < 0 || fstat(fd, &st) || !st.st_size) {
			/* Hidden is safe too, but not what is promised. */
			attack_leak(row, "%s is not readable", *p);
			continue;
		}
		attack_read_fd(row, "pread", fd);
		by_bytes(row, fd, (size_t)st.st_size);
		by_windows(row, fd, (size_t)st.st_size);
		by_map(row, fd, (size_t)st.st_size);
		by_copy(row, fd, (size_t)st.st_size);
		by_direct(row, *p);
		close(fd);
	}
}

/* A write, a cut or a rename must not bring the real bytes up. */
static void masked_copyup(int row)
{
	const char *const *p;
	char moved[64];
	int fd;

	for (p = masked; *p; p++) {
		fd = open(*p, O_RDWR);
		attack_count(row);
		if (fd < 0)
			continue;
		if (pwrite(fd, "#", 1, 0) == 1)
			attack_read_fd(row, "after a write", fd);
		fchmod(fd, 0600);
		attack_read_fd(row, "after chmod", fd);
		snprintf(moved, sizeof(moved), "%s.bak", *p);
		if (!rename(*p, moved)) {
			attack_read(row, moved);
			rename(moved, *p);
		}
		if (!link(*p, moved)) {
			attack_read(row, moved);
			unlink(moved);
		}
		close(fd);
		by_direct(row, *p);
		attack_read(row, *p);
	}
}

/* Names that resolve to a protected object by another way. */
static void all_aliases(int row)
{
	const char *const *p;
	const struct target *t;

	for (p = aliases; *p; p++)
		if (attack_read(row, *p) != ENOENT)
			attack_leak(row, "alias %s is there", *p);
	for (t = targets; t->path; t++)
		if (attack_read(row, t->path) != ENOENT)
			attack_leak(row, "target %d is there",
				    (int)(t - targets));
}

static void own_links(int row)
{
	attack_count(row);
	if (!symlink("../.env", "vis/mylink") &&
	    attack_read(row, "vis/mylink") != ENOENT)
		attack_leak(row, "a symlink leads to a hidden file");
	unlink("vis/mylink");
	if (!symlink("../secrets", "vis/mydir") &&
	    attack_read(row, "vis/mydir/db.txt") != ENOENT)
		attack_leak(row, "a symlink leads into a hidden directory");
	unlink("vis/mydir");
	if (!symlink("/proc/self/cwd/.env", "vis/magic") &&
	    attack_read(row, "vis/magic") != ENOENT)
		attack_leak(row, "/proc leads to a hidden file");
	unlink("vis/magic");
}

static void case_variants(int row)
{
	static const char *const names[] = {
		".ENV", ".Env", "CONFIG/prod.hid", "config/PROD.HID",
		"Secrets/db.txt", ".env ", ".env.", ".env::$DATA", "ENV~1",
		".\xef\xbd\x85nv", ".e\xe2\x80\x8bnv", "./.env", "vis/../.env",
		"vis/./../config//prod.hid", ".env/", ".env/.",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!attack_read(row, names[i]))
			attack_leak(row, "variant %zu is there", i);
}

struct handle {
	struct file_handle h;
	unsigned char bytes[MAX_HANDLE_SZ];
};

/* Handles made up from one of a visible file: neighbouring node numbers. */
static void handles(int row)
{
	struct handle h = { .h.handle_bytes = MAX_HANDLE_SZ }, g;
	int fd, mnt, dir = open(".", O_RDONLY);
	unsigned i, j;

	attack_count(row);
	if (name_to_handle_at(AT_FDCWD, "vis/plain.txt", &h.h, &mnt, 0))
		goto out;
	for (i = 0; i < 3000; i++)
		for (j = 0; j + 4 <= h.h.handle_bytes; j += 4) {
			g = h;
			memcpy(g.bytes + j, &i, 4);
			fd = open_by_handle_at(dir, &g.h, O_RDONLY | O_NONBLOCK);
			attack_count(row);
			if (fd >= 0) {
				attack_read_fd(row, "open_by_handle_at", fd);
				close(fd);
			}
		}
out:
	close(dir);
}

/* Cookies of a listing that nobody gave out. */
static void cookies(int row)
{
	struct dirent *e;
	DIR *d = opendir(".");
	long i;

	for (i = 0; d && i < 300; i++) {
		attack_count(row);
		seekdir(d, i);
		e = readdir(d);
		if (e && (!strcmp(e->d_name, "secrets") ||
			  !strcmp(e->d_name, ".env") ||
			  !strcmp(e->d_name, "big.hid")))
			attack_leak(row, "a cookie lists a hidden name");
	}
	if (d)
		closedir(d);
}

/* What happens to hidden files in the workspace makes no event here. */
static void events(int row)
{
	char ev[4096];
	struct pollfd p = { .fd = inotify_init1(IN_NONBLOCK), .events = POLLIN };
	ssize_t n, i;

	attack_count(row);
	inotify_add_watch(p.fd, ".", IN_ALL_EVENTS);
	inotify_add_watch(p.fd, "config", IN_ALL_EVENTS);
	poll(&p, 1, 1500);
	n = read(p.fd, ev, sizeof(ev));
	for (i = 0; n > 0 && i < n; ) {
		struct inotify_event e;

		memcpy(&e, ev + i, sizeof(e));
		if (e.len && (strstr(ev + i + sizeof(e), ".env") ||
			      strstr(ev + i + sizeof(e), ".hid")))
			attack_leak(row, "an event names a hidden file");
		i += (ssize_t)(sizeof(e) + e.len);
	}
	close(p.fd);
}

/* No magic name, ioctl or attribute talks to the daemon. */
static void control(int row)
{
	int i, fd = open("vis/plain.txt", O_RDONLY);

	for (i = 0; i < 2000; i++) {
		memset(buf, 0, 4096);
		attack_count(row);
		/* Those of the VFS itself (FIOCLEX, FIONREAD...) are in 'T'. */
		if (!ioctl(fd, (unsigned long)(i | 0x80004500u), buf) &&
		    attack_look(row, "ioctl", buf, 4096))
			break;
	}
	close(fd);
}

static void mountinfo(int row)
{
	char line[4096], here[4096];
	FILE *f = fopen("/proc/self/mountinfo", "r");

	attack_count(row);
	if (!f || !getcwd(here, sizeof(here)))
		return;
	while (fgets(line, sizeof(line), f))
		if (strstr(line, here) && strstr(line, "/ws"))
			attack_leak(row, "mountinfo names the workspace");
	fclose(f);
}

static void special(int row)
{
	int fd = open("vis/fifo", O_RDONLY | O_NONBLOCK);

	attack_count(row);
	if (fd >= 0)
		close(fd);
	if (!mknod("vis/dev", S_IFCHR | 0666, 0x103) || errno != EPERM)
		attack_leak(row, "a device node can be made");
	if (!mknod("vis/dev", S_IFBLK | 0666, 0x800) || errno != EPERM)
		attack_leak(row, "a device node can be made");
	if (attack_read(row, "vis/plain.txt"))
		attack_leak(row, "the daemon does not answer");
	/* A mount within the workspace is an empty directory here. */
	attack_walk(59, "other");
}

const struct attack read_attacks[] = {
	{ 2, all_aliases },
	{ 17, own_links },
	{ 22, case_variants },
	{ 26, handles },
	{ 28, masked_reads },
	{ 30, masked_copyup },
	{ 28, masked_reads },
	{ 70, cookies },
	{ 73, events },
	{ 15, control },
	{ 75, mountinfo },
	{ 60, special },
	{ 0, NULL },
};
