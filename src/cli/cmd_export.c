/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/begin.h"
#include "cli/cmd.h"
#include "cli/export_write.h"
#include "cli/use.h"
#include "cli/viewopt.h"
#include "session/layer.h"
#include "session/session.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/path.h"

static const char *output, *form_name = "tar", *owner, *workspace;
static unsigned long long size;

static const struct opt options[] = {
	OPT_STRING('o', "output", "FILE", &output,
		   "where to (default: the standard output)"),
	OPT_CHOICE('F', "format", "tar|tar.gz|oci|ext4|erofs", &form_name,
		   "an archive, an image of a container or of a disk (tar)"),
	OPT_STRING('w', "workspace", "DIR", &workspace,
		   "make a new session of DIR, and export its view"),
	OPT_VIEW_NAME,
	OPT_STRING(0, "owner", "UID:GID", &owner, "all of it belongs to them"),
	OPT_SIZE(0, "size", "SIZE", &size, "of an ext4 image (as it needs)"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_RULES,
	OPT_VIEW,
	OPT_END,
};

/* In there it would be a part of what it is to hold. */
static int check_outside(const char *workspace_path, struct err *err)
{
	const char *slash = output ? strrchr(output, '/') : NULL;
	char *dir = slash ? strndup(output, (size_t)(slash - output) + 1) :
		strdup(".");
	char *real = NULL;
	int r = 0;

	if (output && strcmp(output, "-") && dir && !path_real(dir, &real) &&
	    path_is_below(real + 1, workspace_path + 1))
		r = err_set(err, -EINVAL, "%s lies in the workspace; write it "
			    "somewhere else", output);
	free(dir);
	free(real);
	return r;
}

/* A new session of -w: from then on the one that this command works on. */
static int make_session(char **id, struct err *err)
{
	struct mountopt m = MOUNTOPT_INIT;
	struct begin b = BEGIN_INIT;
	int r = viewopt_gather(&m, err);

	if (!r)
		r = begin_open(&b, &m, workspace, 0, err);
	if (!r)
		r = check_outside(b.workspace, err);
	if (!r)
		r = begin_commit(&b, err);
	if (!r) {
		*id = strdup(b.session->id);
		r = *id ? 0 : err_errno(err, -ENOMEM, "export");
		opt_common.session = *id;
	}
	begin_close(&b);
	mountopt_release(&m);
	return r;
}

static int parse_owner(struct export_options *o, struct err *err)
{
	unsigned long uid, gid;
	char *end;

	if (!owner)
		return 0;
	uid = strtoul(owner, &end, 10);
	if (end == owner || *end != ':' || !end[1] || owner[0] == '-')
		return err_set(err, -EINVAL, "--owner takes UID:GID");
	gid = strtoul(end + 1, &end, 10);
	if (*end || uid > 0xfffffffe || gid > 0xfffffffe)
		return err_set(err, -EINVAL, "--owner takes UID:GID");
	o->set_owner = 1;
	o->uid = (uid_t)uid;
	o->gid = (gid_t)gid;
	return 0;
}

/* As reproducible builds have it: nothing is newer than that. */
static time_t newest(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long t = epoch ? strtoll(epoch, &end, 10) : -1;

	return epoch && *epoch && !*end && t >= 0 ? (time_t)t : -1;
}

static const struct export_form *find_form(void)
{
	const struct export_form *f = export_forms;

	while (f->name && strcmp(f->name, form_name))
		f++;
	return f;
}

/* Written beside its place, and moved there whole. */
static int open_output(struct buf *temp, int *fd, char **place, struct err *err)
{
	const char *slash = strrchr(output, '/');

	*place = slash ? strndup(output, (size_t)(slash - output) + 1) :
		strdup(".");
	buf_addf(temp, "%s.%06d.part", output, (int)getpid());
	if (!*place || buf_oom(temp))
		return err_errno(err, -ENOMEM, "export");
	*fd = open(temp->ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return *fd < 0 ? err_errno(err, -errno, "%s", output) : 0;
}

static int write_out(struct export_job *j, const struct export_form *f,
		     struct err *err)
{
	struct buf temp = BUF_INIT;
	char *place = NULL;
	int fd = -1, r;

	if (!output || !strcmp(output, "-")) {
		j->out = STDOUT_FILENO;
		j->place = "/tmp";
		return f->write(j, err);
	}
	r = open_output(&temp, &fd, &place, err);
	j->out = fd;
	j->path = temp.ptr;
	j->place = place;
	if (!r)
		r = f->write(j, err);
	if (!r && fsync(fd) < 0)
		r = err_errno(err, -errno, "%s", output);
	if (!r && rename(temp.ptr, output) < 0)
		r = err_errno(err, -errno, "%s", output);
	if (r && fd >= 0)
		unlink(temp.ptr);
	io_close(&fd);
	buf_release(&temp);
	free(place);
	return r;
}

static int export_session(struct export_job *j, struct err *err)
{
	struct use u = { 0 };
	int r = use_open(&u, USE_LAYER, err);

	if (!r)
		r = check_outside(u.session->workspace, err);
	if (!r) {
		j->layer = u.layer;
		r = write_out(j, find_form(), err);
	}
	if (!r)
		out_note("session %s: %zu entries", u.session->name ?
			 u.session->name : u.session->id, j->result.entries);
	if (!r && j->result.left_out)
		out_note("%zu that cannot be read in the view are not in it",
			 j->result.left_out);
	use_close(&u);
	return r;
}

static int export_command(int argc, char **argv)
{
	struct export_job j = { .options.newest = newest(), .out = -1,
		.size = size };
	struct err err = ERR_INIT;
	char *id = NULL;
	int status = STATUS_DONE, to_stdout = !output || !strcmp(output, "-");

	if (parse_owner(&j.options, &err))
		return out_usage("export", "%s", err.msg);
	if (workspace && opt_common.session)
		return out_usage("export", "-w makes a session, -s takes one; "
				 "give one of them");
	if (to_stdout && find_form()->needs_path)
		return out_usage("export", "an image needs --output FILE");
	if (to_stdout && isatty(STDOUT_FILENO))
		return out_usage("export", "the standard output is a terminal; "
				 "use --output FILE");
	if (workspace && make_session(&id, &err))
		status = out_err(&err);
	else if (export_session(&j, &err))
		status = out_err(&err);
	free(id);
	return status;
}

const struct command cmd_export = {
	.name = "export",
	.fn = export_command,
	.args = "",
	.summary = "write what the view shows as an archive or an image",
	.about =
		"For a virtual machine or another host; scrim import takes back\n"
		"what became of it. The same view gives the same bytes.\n",
	.options = options,
	.min = 0,
	.max = 0,
};
