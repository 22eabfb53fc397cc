/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <archive.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/import.h"
#include "session/delta.h"
#include "session/layer.h"
#include "session/session.h"
#include "util/io.h"

/*
 * An archive of any bytes, as a tree or as a layer: it is refused, or lands in the
 * session and nowhere else.
 */
static void check_workspace(const char *ws)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/kept", ws);
	if (stat(path, &st) || st.st_size != 4)
		abort();
	snprintf(path, sizeof(path), "%s/escaped", fuzz_dir());
	if (!stat(path, &st))
		abort();
}

static void import(struct session *s, const uint8_t *data, size_t size)
{
	struct archive *a = archive_read_new();
	struct import_result res = { 0, 0, 0 };
	struct delta_list list;
	struct err err = ERR_INIT;
	struct layer *l;

	archive_read_support_format_tar(a);
	archive_read_support_format_cpio(a);
	if (layer_open(&l, s, NULL, LAYER_WRITE, &err))
		abort();
	if (archive_read_open_memory(a, data, size) == ARCHIVE_OK)
		import_archive(l, a, NULL, size & 1 ? IMPORT_LAYER : IMPORT_TREE,
			       &res, &err);
	if (delta_list(l, &list, &err))
		abort();
	delta_list_release(&list);
	layer_close(l);
	archive_read_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session *s = NULL;
	struct err err = ERR_INIT;
	char ws[96], state[96], kept[128];
	int fd;

	snprintf(ws, sizeof(ws), "%s/ws", fuzz_dir());
	snprintf(kept, sizeof(kept), "%s/kept", ws);
	snprintf(state, sizeof(state), "%s/state", fuzz_dir());
	mkdir(ws, 0755);
	mkdir(state, 0700);
	fd = open(kept, O_WRONLY | O_CREAT, 0644);
	if (fd < 0 || io_pwrite_full(fd, "kept", 4, 0))
		abort();
	close(fd);
	if (session_create(&s, state, ws, NULL, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		abort();
	}
	import(s, data, size);
	check_workspace(ws);
	session_destroy(s, NULL);
	session_close(s);
	return 0;
}
