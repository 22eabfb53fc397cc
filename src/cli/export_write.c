/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/export_write.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/digest.h"
#include "util/io.h"

const struct export_form export_forms[] = {
	{ "tar", 0, export_write_tar },
	{ "tar.gz", 0, export_write_tar_gz },
	{ "oci", 0, export_write_oci },
	{ "ext4", 1, export_write_ext4 },
	{ "erofs", 1, export_write_erofs },
	{ NULL, 0, NULL },
};

static struct archive *new_tar(int gzip)
{
	struct archive *a = archive_write_new();

	if (!a)
		return NULL;
	archive_write_set_format_pax_restricted(a);
	if (gzip) {
		archive_write_add_filter_gzip(a);
		/* or the same tree would not give the same bytes */
		archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
	}
	archive_write_set_bytes_in_last_block(a, 1);
	return a;
}

static int close_tar(struct archive *a, int r, struct err *err)
{
	if (a && archive_write_close(a) < ARCHIVE_WARN && !r)
		r = export_archive_error(a, "export", err);
	if (a)
		archive_write_free(a);
	return r;
}

static int write_tar(struct export_job *j, int fd, int gzip, struct err *err)
{
	struct archive *a = new_tar(gzip);
	int r;

	if (!a)
		return err_errno(err, -ENOMEM, "export");
	r = archive_write_open_fd(a, fd) < ARCHIVE_WARN ?
		export_archive_error(a, "export", err) :
		export_tree(j->layer, a, &j->options, &j->result, err);
	return close_tar(a, r, err);
}

int export_write_tar(struct export_job *j, struct err *err)
{
	return write_tar(j, j->out, 0, err);
}

int export_write_tar_gz(struct export_job *j, struct err *err)
{
	return write_tar(j, j->out, 1, err);
}

/* ========== OCI ========== */

/* A tar that is summed while it goes on into a gzip file. */
struct summing {
	struct digest *digest;
	struct archive *gzip;
};

static la_ssize_t sum_and_pass(struct archive *a, void *payload,
			       const void *data, size_t len)
{
	struct summing *s = payload;

	digest_add(s->digest, data, len);
	return archive_write_data(s->gzip, data, len);
}

static int open_gzip(struct archive **out, int fd, struct err *err)
{
	struct archive_entry *e = archive_entry_new();
	struct archive *a = archive_write_new();
	int r = 0;

	if (!a || !e) {
		r = err_errno(err, -ENOMEM, "export");
		goto out;
	}
	archive_write_set_format_raw(a);
	archive_write_add_filter_gzip(a);
	archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_pathname(e, "layer");
	if (archive_write_open_fd(a, fd) < ARCHIVE_WARN ||
	    archive_write_header(a, e) < ARCHIVE_WARN)
		r = export_archive_error(a, "export", err);
out:
	archive_entry_free(e);
	*out = a;
	return r;
}

static int write_layer(struct export_job *j, int fd, char diff_id[DIGEST_HEX],
		       struct err *err)
{
	struct summing s = { NULL, NULL };
	struct archive *tar = new_tar(0);
	uint8_t sum[DIGEST_LEN];
	int r = tar && !digest_new(&s.digest, NULL, 0) ? 0 :
		err_errno(err, -ENOMEM, "export");

	if (!r)
		r = open_gzip(&s.gzip, fd, err);
	if (!r && archive_write_open2(tar, &s, NULL, sum_and_pass, NULL,
				      NULL) < ARCHIVE_WARN)
		r = export_archive_error(tar, "export", err);
	if (!r)
		r = export_tree(j->layer, tar, &j->options, &j->result, err);
	r = close_tar(tar, r, err);
	r = close_tar(s.gzip, r, err);
	if (!r) {
		digest_end(s.digest, sum);
		digest_hex(sum, diff_id);
	}
	digest_free(s.digest);
	return r;
}

int export_write_oci(struct export_job *j, struct err *err)
{
	char diff_id[DIGEST_HEX];
	struct archive *a = new_tar(0);
	int fd = open(j->place, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600), r;

	if (fd < 0 || !a) {
		r = err_errno(err, fd < 0 ? -errno : -ENOMEM, "%s", j->place);
		goto out;
	}
	r = write_layer(j, fd, diff_id, err);
	if (!r && archive_write_open_fd(a, j->out) < ARCHIVE_WARN)
		r = export_archive_error(a, "export", err);
	if (!r)
		r = export_oci(a, fd, diff_id, j->options.newest < 0 ? 0 :
			       j->options.newest, err);
out:
	r = close_tar(a, r, err);
	io_close(&fd);
	return r;
}
