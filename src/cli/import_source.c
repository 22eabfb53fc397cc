/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/import_source.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/tool.h"
#include "util/io.h"
#include "util/path.h"

#define BLOCK 65536
#define SUPERBLOCK 1024
#define EXT4_MAGIC_AT (SUPERBLOCK + 0x38)
#define EXT4_MAGIC 0xef53u
#define EROFS_MAGIC 0xe0f5e1e2u
#define OUT "/out"
#define IMAGE "/image"

/* How a kind of image is taken apart: words after "bwrap ... --". */
struct image_kind {
	const char *package;
	const char *argv[6];
};

static const struct image_kind ext4 = {
	"e2fsprogs", { "debugfs", "-R", "rdump / " OUT, IMAGE, NULL }
};
static const struct image_kind erofs = {
	"erofs-utils", { "fsck.erofs", "--extract=" OUT "/root", IMAGE, NULL }
};

static const struct image_kind *kind_of(int fd)
{
	uint8_t b[SUPERBLOCK + 64];

	if (io_pread_full(fd, b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return NULL;
	if ((b[EXT4_MAGIC_AT] | b[EXT4_MAGIC_AT + 1] << 8) == EXT4_MAGIC)
		return &ext4;
	if ((b[SUPERBLOCK] | (uint32_t)b[SUPERBLOCK + 1] << 8 |
	     (uint32_t)b[SUPERBLOCK + 2] << 16 |
	     (uint32_t)b[SUPERBLOCK + 3] << 24) == EROFS_MAGIC)
		return &erofs;
	return NULL;
}

static int extract(struct import_source *s, const char *path,
		   const struct image_kind *kind, struct err *err)
{
	const char *const first[] = { "bwrap", "--unshare-all",
		"--unshare-user", "--die-with-parent", "--new-session",
		"--cap-drop", "ALL", "--ro-bind", "/usr", "/usr",
		"--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin",
		"/sbin", "--symlink", "usr/lib", "/lib", "--symlink",
		"usr/lib64", "/lib64", "--ro-bind-try", "/etc/ld.so.cache",
		"/etc/ld.so.cache", "--proc", "/proc", "--dev", "/dev",
		"--ro-bind", path, IMAGE, "--bind", s->temp, OUT, "--chdir",
		OUT, "--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin",
		"--", NULL };
	const char *argv[sizeof(first) / sizeof(first[0]) + 6];
	size_t n = 0, i;

	for (i = 0; first[i]; i++)
		argv[n++] = first[i];
	for (i = 0; kind->argv[i]; i++)
		argv[n++] = kind->argv[i];
	argv[n] = NULL;
	if (tool_run(argv, NULL, -1, "bubblewrap", err))
		return err_wrap(err, "the image (it takes the package %s)",
				kind->package);
	return 0;
}

static int make_temp(struct import_source *s, struct err *err)
{
	const char *dir = getenv("TMPDIR");

	if (asprintf(&s->temp, "%s/scrim-import-XXXXXX",
		     dir && dir[0] == '/' ? dir : "/var/tmp") < 0) {
		s->temp = NULL;
		return err_errno(err, -ENOMEM, "import");
	}
	if (mkdtemp(s->temp))
		return 0;
	err_errno(err, -errno, "%s", s->temp);
	free(s->temp);
	s->temp = NULL;
	return err->code;
}

static int read_dir(struct import_source *s, const char *dir, struct err *err)
{
	s->archive = archive_read_disk_new();
	if (!s->archive || path_real(dir, &s->prefix))
		return err_errno(err, -ENOMEM, "%s", dir);
	archive_read_disk_set_symlink_physical(s->archive);
	archive_read_disk_set_behavior(s->archive,
		ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS |
		ARCHIVE_READDISK_NO_ACL | ARCHIVE_READDISK_NO_FFLAGS);
	if (archive_read_disk_open(s->archive, s->prefix) < ARCHIVE_WARN)
		return err_set(err, -EIO, "%s: %s", dir,
			       archive_error_string(s->archive));
	return 0;
}

static int read_archive(struct import_source *s, const char *path,
			struct err *err)
{
	s->archive = archive_read_new();
	if (!s->archive)
		return err_errno(err, -ENOMEM, "%s", path);
	archive_read_support_filter_all(s->archive);
	archive_read_support_format_tar(s->archive);
	archive_read_support_format_cpio(s->archive);
	archive_read_support_format_empty(s->archive);
	if (archive_read_open_fd(s->archive, s->fd, BLOCK) < ARCHIVE_WARN)
		return err_set(err, -EIO, "%s is no archive or image that is "
			       "known: %s", path,
			       archive_error_string(s->archive));
	return 0;
}

/* debugfs goes on after an error, so what came out is looked at. */
static int read_image(struct import_source *s, const char *path,
		      const struct image_kind *kind, struct err *err)
{
	struct buf root = BUF_INIT;
	int r = make_temp(s, err);

	if (!r)
		r = extract(s, path, kind, err);
	buf_addf(&root, "%s/%s", s->temp ? s->temp : "",
		 kind == &erofs ? "root" : "lost+found");
	if (!r && kind == &ext4)
		io_remove_tree(AT_FDCWD, root.ptr);
	if (!r)
		r = read_dir(s, kind == &erofs ? root.ptr : s->temp, err);
	buf_release(&root);
	s->is_image = 1;
	return r;
}

int import_source_open(struct import_source *s, const char *path,
		       struct err *err)
{
	const struct image_kind *kind;
	char *real = NULL;
	struct stat st;
	int r;

	if (!strcmp(path, "-")) {
		s->fd = STDIN_FILENO;
		return read_archive(s, "the standard input", err);
	}
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return err_errno(err, -errno, "%s", path);
	if (S_ISDIR(st.st_mode)) {
		s->is_dir = 1;
		return read_dir(s, path, err);
	}
	kind = kind_of(s->fd);
	if (!kind)
		return read_archive(s, path, err);
	r = path_real(path, &real);
	r = r ? err_errno(err, r, "%s", path) :
		read_image(s, real, kind, err);
	free(real);
	return r;
}

void import_source_close(struct import_source *s)
{
	if (s->archive)
		archive_read_free(s->archive);
	if (s->fd > STDERR_FILENO)
		io_close(&s->fd);
	if (s->temp)
		io_remove_tree(AT_FDCWD, s->temp);
	free(s->prefix);
	free(s->temp);
}
