/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/export_write.h"
#include "cli/tool.h"
#include "util/io.h"
#include "util/path.h"
#include "util/walk.h"

/* Any would do, as long as it is always the same. */
#define IMAGE_UUID "5c71a3e0-0000-4000-8000-7363726d0001"
#define EXT4_FIRST_INODE 11
#define EXT4_LEAST (16ull << 20)

/* A copy of the tree on disk, and what is known of it. */
struct staged {
	char *dir;		/* ours, in place */
	char *tree;		/* dir "/tree" */
	unsigned long long bytes, inodes;
	char epoch[48], fake[48];
};

static int stage(struct export_job *j, struct staged *s, struct err *err)
{
	struct archive *disk = archive_write_disk_new();
	char *prefix = NULL, *place = NULL;
	int r = path_real(j->place, &place);

	if (!disk || r || asprintf(&s->dir, "%s/.scrim-export-XXXXXX", place)
	    < 0) {
		r = err_errno(err, r ? r : -ENOMEM, "%s", j->place);
		s->dir = NULL;
		goto out;
	}
	if (!mkdtemp(s->dir) || asprintf(&s->tree, "%s/tree", s->dir) < 0 ||
	    mkdir(s->tree, 0700) < 0 || asprintf(&prefix, "%s/", s->tree) < 0) {
		r = err_errno(err, -errno, "%s", j->place);
		goto out;
	}
	j->options.prefix = prefix;
	j->options.set_atime = 1;
	archive_write_disk_set_options(disk, ARCHIVE_EXTRACT_TIME |
		ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_XATTR |
		ARCHIVE_EXTRACT_SECURE_NODOTDOT |
		(geteuid() ? 0 : ARCHIVE_EXTRACT_OWNER));
	r = export_tree(j->layer, disk, &j->options, &j->result, err);
	if (archive_write_close(disk) < ARCHIVE_WARN && !r)
		r = export_archive_error(disk, "export", err);
	j->options.prefix = NULL;
out:
	if (disk)
		archive_write_free(disk);
	free(prefix);
	free(place);
	return r;
}

static int count(void *payload, const struct walk_entry *e)
{
	struct staged *s = payload;

	s->inodes++;
	s->bytes += ((unsigned long long)e->st.st_size + 4095) / 4096 * 4096 +
		1024;
	return WALK_GO;
}

/* The image's own times: the newest that the tree may have, else the epoch. */
static int measure(struct export_job *j, struct staged *s, struct err *err)
{
	time_t t = j->options.newest < 0 ? 0 : j->options.newest;
	int fd = open(s->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return err_errno(err, -errno, "%s", s->tree);
	r = walk_tree(fd, count, s);
	close(fd);
	snprintf(s->epoch, sizeof(s->epoch), "SOURCE_DATE_EPOCH=%lld",
		 (long long)t);
	/* 0 would be taken for "now" */
	snprintf(s->fake, sizeof(s->fake), "E2FSPROGS_FAKE_TIME=%lld",
		 (long long)(t ? t : 1));
	return r ? err_errno(err, r, "export") : 0;
}

static void release(struct staged *s)
{
	if (s->dir)
		io_remove_tree(AT_FDCWD, s->dir);
	free(s->dir);
	free(s->tree);
}

/* ========== ext4 ========== */

static int make_ext4(struct export_job *j, const struct staged *s,
		     struct err *err)
{
	unsigned long long size = j->size ? j->size :
		EXT4_LEAST + s->bytes + s->bytes / 4 + s->inodes * 512;
	char kilobytes[32], extended[160], inodes[32];
	const char *const argv[] = { "mke2fs", "-q", "-F", "-t", "ext4", "-b",
		"4096", "-U", IMAGE_UUID, "-E", extended, "-O", "^has_journal",
		"-m", "0", "-N", inodes, "-d", s->tree, j->path, kilobytes,
		NULL };
	const char *const env[] = { s->epoch, s->fake, NULL };

	snprintf(kilobytes, sizeof(kilobytes), "%lluk", size / 1024);
	snprintf(inodes, sizeof(inodes), "%llu", s->inodes * 2 + 1024);
	snprintf(extended, sizeof(extended), "hash_seed=" IMAGE_UUID
		 ",root_owner=%u:%u,lazy_itable_init=0,nodiscard",
		 (unsigned)(j->options.set_owner ? j->options.uid : getuid()),
		 (unsigned)(j->options.set_owner ? j->options.gid : getgid()));
	return tool_run(argv, env, -1, "e2fsprogs", err);
}

/*
 * When the copies were made is in their change times, when they were read for the
 * image in some access times: set those, by number.
 */
static int write_script(struct export_job *j, const struct staged *s, int *out)
{
	const char *time = s->fake + strlen("E2FSPROGS_FAKE_TIME=");
	unsigned long long i, last = EXT4_FIRST_INODE + s->inodes;
	struct buf b = BUF_INIT;
	int fd = open(j->place, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600), r;

	for (i = EXT4_FIRST_INODE - 1; i <= last; i++) {
		unsigned long long ino = i < EXT4_FIRST_INODE ? 2 : i;

		buf_addf(&b, "sif <%llu> ctime @%s\nsif <%llu> atime @%s\n",
			 ino, time, ino, time);
		if (j->options.set_owner)
			buf_addf(&b, "sif <%llu> uid %u\nsif <%llu> gid %u\n",
				 ino, (unsigned)j->options.uid, ino,
				 (unsigned)j->options.gid);
	}
	r = fd < 0 ? -errno : buf_oom(&b) ? -ENOMEM :
		io_write_full(fd, b.ptr, b.len);
	if (!r && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	buf_release(&b);
	*out = fd;
	return r;
}

static int even_times(struct export_job *j, const struct staged *s,
		      struct err *err)
{
	const char *const argv[] = { "debugfs", "-w", "-f", "/dev/stdin",
		j->path, NULL };
	const char *const env[] = { s->epoch, s->fake, "DEBUGFS_PAGER=cat",
		NULL };
	int fd = -1, r = write_script(j, s, &fd);

	r = r ? err_errno(err, r, "%s", j->place) :
		tool_run(argv, env, fd, "e2fsprogs", err);
	io_close(&fd);
	return r;
}

int export_write_ext4(struct export_job *j, struct err *err)
{
	struct staged s = { NULL, NULL, 0, 0, "", "" };
	int r = stage(j, &s, err);

	if (!r)
		r = measure(j, &s, err);
	if (!r)
		r = make_ext4(j, &s, err);
	if (!r)
		r = even_times(j, &s, err);
	release(&s);
	return r;
}

/* ========== erofs ========== */

static int make_erofs(struct export_job *j, const struct staged *s,
		      struct err *err)
{
	const char *time = s->epoch + strlen("SOURCE_DATE_EPOCH=");
	char uid[32], gid[32];
	const char *argv[] = { "mkfs.erofs", "-U", IMAGE_UUID, "-T", time,
		"--quiet", uid, gid, j->path, s->tree, NULL };
	const char *const env[] = { s->epoch, NULL };

	snprintf(uid, sizeof(uid), "--force-uid=%u", (unsigned)
		 (j->options.set_owner ? j->options.uid : getuid()));
	snprintf(gid, sizeof(gid), "--force-gid=%u", (unsigned)
		 (j->options.set_owner ? j->options.gid : getgid()));
	/* as root the copies have their owners */
	if (!j->options.set_owner && !geteuid()) {
		argv[6] = j->path;
		argv[7] = s->tree;
		argv[8] = NULL;
	}
	return tool_run(argv, env, -1, "erofs-utils", err);
}

int export_write_erofs(struct export_job *j, struct err *err)
{
	struct staged s = { NULL, NULL, 0, 0, "", "" };
	int r = stage(j, &s, err);

	if (!r)
		r = measure(j, &s, err);
	if (!r)
		r = make_erofs(j, &s, err);
	release(&s);
	return r;
}
