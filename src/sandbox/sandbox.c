/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sandbox/init.h"
#include "sandbox/sandbox.h"
#include "sandbox/scope.h"
#include "sandbox/seccomp.h"
#include "sandbox/vars.h"
#include "util/buf.h"
#include "util/esc.h"
#include "util/io.h"

static const char *const namespaces[] = {
	"--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
	"--unshare-cgroup-try", "--hostname", "scrim", "--die-with-parent",
	"--as-pid-1", "--cap-drop", "ALL", "--clearenv", NULL
};

/* A failure is kept in s->oom and looked at once, at the end. */
void sandbox_add(struct sandbox *s, const char *const *words)
{
	while (*words)
		if (strlist_add(&s->argv, *words++))
			s->oom = 1;
}

/* Takes fd over; *number is what it will be in the child. */
static int add_fd(struct sandbox *s, int fd, int *number)
{
	int *fds = realloc(s->fds, (s->n_fds + 1) * sizeof(*fds));

	if (!fds) {
		close(fd);
		return -ENOMEM;
	}
	s->fds = fds;
	*number = INIT_FD_FREE + (int)s->n_fds;
	fds[s->n_fds++] = fd;
	return 0;
}

static int add_fd_option(struct sandbox *s, int fd, const char *option,
			 const char *dest)
{
	char word[16];
	int number = 0, r = add_fd(s, fd, &number);

	if (r)
		return r;
	snprintf(word, sizeof(word), "%d", number);
	sandbox_add(s, (const char *const[]){ option, word, dest, NULL });
	return 0;
}

int sandbox_add_data(struct sandbox *s, const void *data, size_t len,
		     const char *option, const char *dest)
{
	int fd = memfd_create("scrim", MFD_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = io_write_full(fd, data, len);
	if (!r && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r) {
		close(fd);
		return r;
	}
	return add_fd_option(s, fd, option, dest);
}

static int add_filter(struct sandbox *s, int allow, struct err *err)
{
	int fd, r = seccomp_filter(allow, &fd, err);

	if (r)
		return r;
	r = add_fd_option(s, fd, "--seccomp", NULL);
	return r ? err_errno(err, r, "system call filter") : 0;
}

static int add_namespaces(struct sandbox *s, const struct sandbox_options *o,
			  struct err *err)
{
	char word[16];

	s->scoped = o->net == NET_HOST && scope_is_possible();
	sandbox_add(s, namespaces);
	if (o->net != NET_HOST)
		sandbox_add(s, (const char *const[]){ "--unshare-net", NULL });
	if (!(o->allow & SECCOMP_ALLOW_USERNS))
		sandbox_add(s, (const char *const[]){ "--disable-userns",
			    NULL });
	snprintf(word, sizeof(word), "%d", INIT_FD_INFO);
	sandbox_add(s, (const char *const[]){ "--info-fd", word, NULL });
	return add_filter(s, o->allow, err);
}

static void add_views(struct sandbox *s, const struct sandbox_options *o)
{
	size_t i;

	for (i = 0; i < o->n_views; i++) {
		const struct sandbox_view *v = &o->views[i];

		sandbox_add(s, (const char *const[]){
			    v->ro ? "--ro-bind" : "--bind", v->source,
			    v->dest, NULL });
	}
}

static void add_command(struct sandbox *s, const struct sandbox_options *o)
{
	char port[16];

	sandbox_add(s, (const char *const[]){ "--remount-ro", "/", "--chdir",
		    o->chdir, "--", INIT_PROGRAM, NULL });
	if (o->init_options)
		for (size_t i = 0; i < o->init_options->n; i++)
			sandbox_add(s, (const char *const[]){
				    o->init_options->at[i], NULL });
	if (o->net == NET_PROXY) {
		snprintf(port, sizeof(port), "-p%d", SANDBOX_PROXY_PORT);
		sandbox_add(s, (const char *const[]){ port, NULL });
	}
	sandbox_add(s, (const char *const[]){ "--", NULL });
	sandbox_add(s, (const char *const *)o->command);
}

static int add_proxy_variables(struct sandbox *s)
{
	static const char *const names[] = { "HTTP_PROXY", "HTTPS_PROXY",
		"ALL_PROXY", "http_proxy", "https_proxy", "all_proxy" };
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && !r; i++)
		r = vars_setf(&s->fixed, "%s=http://127.0.0.1:%d", names[i],
				 SANDBOX_PROXY_PORT);
	if (!r)
		r = vars_set(&s->fixed, "NO_PROXY=localhost,127.0.0.1");
	if (!r)
		r = vars_set(&s->fixed, "no_proxy=localhost,127.0.0.1");
	if (!r)
		r = vars_set(&s->fixed, "NODE_USE_ENV_PROXY=1");
	if (!r)
		r = vars_setf(&s->fixed, "ANTHROPIC_BASE_URL="
				 "http://127.0.0.1:%d", SANDBOX_PROXY_PORT);
	return r;
}

static int add_ca_variables(struct sandbox *s)
{
	static const char *const names[] = { "SSL_CERT_FILE",
		"NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
		"GIT_SSL_CAINFO", "PIP_CERT", "CARGO_HTTP_CAINFO" };
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && !r; i++)
		r = vars_setf(&s->fixed, "%s=" SANDBOX_CA, names[i]);
	return r;
}

static int add_variables(struct sandbox *s, const struct sandbox_options *o)
{
	int r = vars_setf(&s->fixed, "HOME=%s", o->home);

	if (!r)
		r = vars_setf(&s->fixed, "USER=%s", o->user);
	if (!r)
		r = vars_setf(&s->fixed, "LOGNAME=%s", o->user);
	if (!r)
		r = vars_setf(&s->fixed, "XDG_RUNTIME_DIR=/run/user/%u",
				 (unsigned)o->uid);
	if (!r)
		r = vars_set(&s->fixed, "TMPDIR=/tmp");
	if (!r && o->net == NET_PROXY)
		r = add_proxy_variables(s);
	if (!r && o->ca)
		r = add_ca_variables(s);
	return r;
}

int sandbox_build(struct sandbox *s, const struct sandbox_options *o,
		  struct err *err)
{
	int r;

	if (o->prefix)
		for (size_t i = 0; i < o->prefix->n; i++)
			sandbox_add(s, (const char *const[]){ o->prefix->at[i],
				    NULL });
	sandbox_add(s, (const char *const[]){ "bwrap", NULL });
	r = add_namespaces(s, o, err);
	if (!r)
		r = rootfs_add(s, o, err);
	if (r)
		return r;
	add_views(s, o);
	add_command(s, o);
	r = add_variables(s, o);
	if (!r && s->oom)
		r = -ENOMEM;
	return r ? err_errno(err, r, "sandbox") : 0;
}

void sandbox_release(struct sandbox *s)
{
	for (size_t i = 0; i < s->n_fds; i++)
		io_close(&s->fds[i]);
	free(s->fds);
	s->fds = NULL;
	s->n_fds = 0;
	strlist_release(&s->argv);
	strlist_release(&s->fixed);
	strlist_release(&s->left_out);
}

static void quote(const char *word, struct buf *out)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";

	if (*word && !word[strspn(word, safe)]) {
		buf_addstr(out, word);
		return;
	}
	buf_addch(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_addstr(out, "'\\''");
		else
			buf_addch(out, *word);
	}
	buf_addch(out, '\'');
}

void sandbox_print(const struct sandbox *s, FILE *f)
{
	struct buf b = BUF_INIT, shown = BUF_INIT;
	int options = 1;
	size_t i;

	for (i = 0; i < s->argv.n; i++) {
		const char *word = s->argv.at[i];

		if (i)
			buf_addstr(&b, options && !strncmp(word, "--", 2) ?
				   " \\\n  " : " ");
		if (!strcmp(word, "bwrap"))
			options = 1;
		if (!strcmp(word, "--"))
			options = 0;
		quote(word, &b);
	}
	buf_addch(&b, '\n');
	esc_add(&shown, b.ptr, b.len, ESC_TEXT);
	fputs(shown.ptr, f);
	buf_release(&shown);
	buf_release(&b);
}
