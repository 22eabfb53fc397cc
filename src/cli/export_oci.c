/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/export.h"
#include "util/digest.h"
#include "util/io.h"

#define BLOCK (64u << 10)
#define LAYER_TYPE "application/vnd.oci.image.layer.v1.tar+gzip"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"

static const char *machine(void)
{
#if defined(__x86_64__)
	return "amd64";
#elif defined(__aarch64__)
	return "arm64";
#elif defined(__riscv)
	return "riscv64";
#elif defined(__s390x__)
	return "s390x";
#elif defined(__powerpc64__)
	return "ppc64le";
#else
	return "386";
#endif
}

/* SHA-256 of text, or of all of the file fd, as hex digits. */
static int sum_of(int fd, const char *text, size_t len, char hex[DIGEST_HEX])
{
	uint8_t sum[DIGEST_LEN];
	struct digest *d = NULL;
	char *block = malloc(BLOCK);
	off_t off = 0;
	ssize_t n = 0;
	int r = block ? digest_new(&d, NULL, 0) : -ENOMEM;

	if (!r && fd < 0)
		digest_add(d, text, len);
	while (!r && fd >= 0 &&
	       (n = io_pread_full(fd, block, BLOCK, off)) > 0) {
		digest_add(d, block, (size_t)n);
		off += n;
	}
	if (!r && n < 0)
		r = (int)n;
	if (!r) {
		digest_end(d, sum);
		digest_hex(sum, hex);
	}
	digest_free(d);
	free(block);
	return r;
}

static int put_header(struct archive *a, const char *name, off_t size,
		      struct err *err)
{
	struct archive_entry *e = archive_entry_new();
	int r = 0;

	if (!e)
		return err_errno(err, -ENOMEM, "export");
	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, S_IFREG | 0644);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_size(e, size);
	if (archive_write_header(a, e) < ARCHIVE_WARN)
		r = export_archive_error(a, "export", err);
	archive_entry_free(e);
	return r;
}

static int put_text(struct archive *a, const char *name, const char *text,
		    struct err *err)
{
	size_t len = strlen(text);
	int r = put_header(a, name, (off_t)len, err);

	if (!r && archive_write_data(a, text, len) < 0)
		r = export_archive_error(a, "export", err);
	return r;
}

static int put_file(struct archive *a, const char *name, int fd, off_t size,
		    struct err *err)
{
	char *block = malloc(BLOCK);
	off_t off = 0;
	ssize_t n = 1;
	int r = block ? put_header(a, name, size, err) :
		err_errno(err, -ENOMEM, "export");

	while (!r && off < size) {
		n = io_pread_full(fd, block, BLOCK, off);
		if (n <= 0)
			r = err_errno(err, n ? (int)n : -EIO, "export");
		else if (archive_write_data(a, block, (size_t)n) < 0)
			r = export_archive_error(a, "export", err);
		off += n > 0 ? n : 0;
	}
	free(block);
	return r;
}

/* Puts o as blobs/sha256/DIGEST and takes it; *described is its descriptor. */
static int put_blob(struct archive *a, json_t *o, const char *type,
		    json_t **described, struct err *err)
{
	char name[128], hex[DIGEST_HEX];
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	int r = text ? sum_of(-1, text, strlen(text), hex) : -ENOMEM;

	json_decref(o);
	if (r) {
		free(text);
		return err_errno(err, r, "export");
	}
	snprintf(name, sizeof(name), "blobs/sha256/%s", hex);
	r = put_text(a, name, text, err);
	*described = json_pack("{s:s, s:s+, s:I}", "mediaType", type, "digest",
			       "sha256:", hex, "size",
			       (json_int_t)strlen(text));
	free(text);
	return r;
}

static int put_layer(struct archive *a, int fd, json_t **described,
		     struct err *err)
{
	char name[128], hex[DIGEST_HEX];
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : sum_of(fd, NULL, 0, hex);

	if (r)
		return err_errno(err, r, "export");
	snprintf(name, sizeof(name), "blobs/sha256/%s", hex);
	*described = json_pack("{s:s, s:s+, s:I}", "mediaType", LAYER_TYPE,
			       "digest", "sha256:", hex, "size",
			       (json_int_t)st.st_size);
	return put_file(a, name, fd, st.st_size, err);
}

static json_t *config_of(const char *diff_id, time_t created)
{
	char when[32];
	struct tm tm;

	gmtime_r(&created, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:s, s:[s+]}}",
			 "created", when, "architecture", machine(), "os",
			 "linux", "config", "WorkingDir", "/", "rootfs", "type",
			 "layers", "diff_ids", "sha256:", diff_id);
}

int export_oci(struct archive *a, int layer_fd, const char *diff_id,
	       time_t created, struct err *err)
{
	json_t *layer = NULL, *config = NULL, *manifest = NULL, *index = NULL;
	char *text = NULL;
	int r = put_text(a, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}",
			 err);

	if (!r)
		r = put_layer(a, layer_fd, &layer, err);
	if (!r)
		r = put_blob(a, config_of(diff_id, created), CONFIG_TYPE,
			     &config, err);
	if (!r)
		r = put_blob(a, json_pack("{s:i, s:s, s:O, s:[O]}",
					  "schemaVersion", 2, "mediaType",
					  MANIFEST_TYPE, "config", config,
					  "layers", layer),
			     MANIFEST_TYPE, &manifest, err);
	if (!r) {
		index = json_pack("{s:i, s:[O]}", "schemaVersion", 2,
				  "manifests", manifest);
		text = index ? json_dumps(index, JSON_COMPACT) : NULL;
		r = text ? put_text(a, "index.json", text, err) :
			err_errno(err, -ENOMEM, "export");
	}
	free(text);
	json_decref(layer);
	json_decref(config);
	json_decref(manifest);
	json_decref(index);
	return r;
}
