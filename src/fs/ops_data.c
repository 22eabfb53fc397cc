/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs/reply.h"
#include "session/content.h"
#include "session/quota.h"

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);

	fs->opens++;
	reply_open(req, fs, fi);
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
	       mode_t mode, struct fuse_file_info *fi)
{
	reply_never(req);
}

void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	reply_never(req);
}

/* After O_TMPFILE, and under strictatime; nothing hangs on the handle. */
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	reply_err(req, 0);
}

/* Where the kernel will fetch the bytes from, if it says so; saves a copy. */
static char *payload(fuse_req_t req, size_t size)
{
#ifdef HAVE_FUSE_URING
	size_t room = 0;
	char *p = NULL;

	if (fuse_req_is_uring(req) &&
	    !fuse_req_get_payload(req, &p, &room, NULL) && room >= size)
		return p;
#endif
	return NULL;
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	char *own = NULL, *p = payload(req, size);
	ssize_t n = -ENOMEM;

	fs->reads++;
	if (!p)
		p = own = malloc(size ? size : 1);
	if (p)
		n = layer_read(fs->layer, &w, fs_node(fs, ino), p, size, off);
	if (n >= 0 && !(fi && fi->flags & O_NOATIME))
		layer_accessed(fs->layer, fs_node(fs, ino));
	reply_bytes(req, n < 0 ? (int)n : 0, p, n < 0 ? 0 : (size_t)n);
	free(own);
}

static ssize_t write_all(int fd, const char *buf, size_t size, off_t off)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(fd, buf + done, size - done,
				   off + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return done ? (ssize_t)done : -errno;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int fs_must_kill_priv(const struct fs *fs, const struct who *w)
{
	return !fs->kill_priv && w->uid;
}

static int must_kill_priv(const struct fs *fs, const struct who *w,
			  const struct fuse_file_info *fi)
{
	if (!fi || fi->writepage)
		return 0;
#ifdef HAVE_FUSE_KILLPRIV_V2
	if (fi->kill_suidgid)
		return 1;
#endif
	return fs_must_kill_priv(fs, w);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
	      off_t off, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	struct handle *h;
	ssize_t n;
	int fd;

	fs->writes++;
	n = layer_open_write(fs->layer, &w, fs_node(fs, ino),
			     must_kill_priv(fs, &w, fi), &h, &fd);
	if (!n) {
		n = layer_room(fs->layer, fd, off, (off_t)size);
		if (!n)
			n = write_all(fd, buf, size, off);
		layer_wrote(fs->layer, fs_node(fs, ino), fd);
		layer_done_write(fs->layer, h);
	}
	reply_count(req, n);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
	      struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);

	reply_err(req, layer_fsync(fs->layer, fs_node(fs, ino), datasync));
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
		  off_t len, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);

	reply_err(req, layer_fallocate(fs->layer, &w, fs_node(fs, ino), mode,
				       off, len));
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
	      struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);

	reply_offset(req, layer_seek(fs->layer, fs_node(fs, ino), off,
				     whence));
}

/* Between two content files of the session; -EOPNOTSUPP for other sources. */
static ssize_t copy_data(struct fs *fs, struct node *in, off_t in_off, int fd,
			 off_t out_off, size_t len)
{
	struct handle *h;
	ssize_t n;
	int from;

	n = layer_open_data(fs->layer, in, &h, &from);
	if (n)
		return n;
	n = copy_file_range(from, &in_off, fd, &out_off, len, 0);
	if (n < 0)
		n = -errno;
	layer_done(fs->layer, h);
	return n;
}

#define COPY_CHUNK (1u << 20)

/* What the agent may see of the source, masks and all. */
static ssize_t copy_view(struct fs *fs, const struct who *w, struct node *in,
			 off_t in_off, int fd, off_t out_off, size_t len)
{
	char *chunk = malloc(COPY_CHUNK);
	size_t done = 0;
	ssize_t n = chunk ? 0 : -ENOMEM;

	while (chunk && done < len) {
		size_t want = len - done < COPY_CHUNK ? len - done : COPY_CHUNK;

		n = layer_read(fs->layer, w, in, chunk, want,
			       in_off + (off_t)done);
		if (n > 0)
			n = write_all(fd, chunk, (size_t)n,
				      out_off + (off_t)done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	free(chunk);
	return done ? (ssize_t)done : n;
}

void op_copy_file_range(fuse_req_t req, fuse_ino_t in, off_t in_off,
			struct fuse_file_info *fi_in, fuse_ino_t out,
			off_t out_off, struct fuse_file_info *fi_out,
			size_t len, int flags)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	struct node *from = fs_node(fs, in);
	struct handle *h;
	ssize_t n;
	int fd;

	/* no flag comes with it; root has CAP_FSETID */
	n = layer_open_write(fs->layer, &w, fs_node(fs, out), w.uid != 0, &h,
			     &fd);
	if (!n) {
		n = layer_room(fs->layer, fd, out_off, (off_t)len);
		if (!n)
			n = copy_data(fs, from, in_off, fd, out_off, len);
		if (n == -EOPNOTSUPP || n == -EXDEV)
			n = copy_view(fs, &w, from, in_off, fd, out_off, len);
		layer_wrote(fs->layer, fs_node(fs, out), fd);
		layer_accessed(fs->layer, from);
		layer_done_write(fs->layer, h);
	}
	reply_count(req, n);
}
