/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/home.h"
#include "sandbox/init.h"
#include "sandbox/profile.h"
#include "sandbox/sandbox.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/path.h"

#define ETC_FILE_MAX (4u << 20)

static const char *const usr_links[] = { "/bin", "/sbin", "/lib", "/lib32",
	"/lib64", "/libx32", NULL };

/* Of /etc what programs need to run, and no more: nothing of who and where. */
static const char *const etc[] = {
	"/etc/alternatives", "/etc/bash.bashrc", "/etc/bash_completion.d",
	"/etc/ca-certificates", "/etc/ca-certificates.conf",
	"/etc/crypto-policies", "/etc/debian_version", "/etc/fonts",
	"/etc/gai.conf", "/etc/host.conf", "/etc/inputrc", "/etc/java",
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
	"/etc/locale.alias", "/etc/locale.conf", "/etc/localtime",
	"/etc/lsb-release", "/etc/magic", "/etc/magic.mime", "/etc/manpath.config",
	"/etc/mime.types", "/etc/nanorc", "/etc/os-release", "/etc/papersize",
	"/etc/pki/ca-trust/extracted", "/etc/pki/tls/cert.pem",
	"/etc/pki/tls/certs", "/etc/profile", "/etc/profile.d",
	"/etc/protocols", "/etc/rpc", "/etc/services", "/etc/shells",
	"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf",
	"/etc/terminfo", "/etc/timezone", "/etc/vim", "/etc/xdg/nvim", NULL
};

/* The nix store holds programs as /usr does. */
static const char *const other_roots[] = { "/nix/store",
	"/run/current-system/sw", NULL };

static void add_usr(struct sandbox *s)
{
	char target[PATH_MAX];
	const char *const *at;
	struct stat st;
	ssize_t n;

	sandbox_add(s, (const char *const[]){ "--ro-bind", "/usr", "/usr",
		    NULL });
	for (at = usr_links; *at; at++) {
		if (lstat(*at, &st) < 0)
			continue;
		n = S_ISLNK(st.st_mode) ?
			readlink(*at, target, sizeof(target) - 1) : -1;
		if (n >= 0) {
			target[n] = '\0';
			sandbox_add(s, (const char *const[]){ "--symlink",
				    target, *at, NULL });
		} else {
			sandbox_add(s, (const char *const[]){ "--ro-bind", *at,
				    *at, NULL });
		}
	}
	for (at = other_roots; *at; at++)
		if (!access(*at, F_OK))
			sandbox_add(s, (const char *const[]){ "--ro-bind", *at,
				    *at, NULL });
}

/* Users and groups that are needed, without asking who else there is. */
static int add_users(struct sandbox *s, const struct sandbox_options *o)
{
	static const char switches[] = "passwd: files\ngroup: files\n"
		"shadow: files\nhosts: files dns\n";
	struct buf b = BUF_INIT;
	int r;

	if (o->uid)
		buf_addf(&b, "%s:x:%u:%u::%s:/bin/sh\n", o->user,
			 (unsigned)o->uid, (unsigned)o->gid, o->home);
	buf_addf(&b, "root:x:0:0:root:%s:/bin/sh\n", o->uid ? "/root" : o->home);
	buf_addstr(&b, "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n");
	r = buf_oom(&b) ? -ENOMEM : sandbox_add_data(s, b.ptr, b.len,
				"--ro-bind-data", "/etc/passwd");
	buf_clear(&b);
	if (o->gid)
		buf_addf(&b, "%s:x:%u:\n", o->user, (unsigned)o->gid);
	buf_addstr(&b, "root:x:0:\nnogroup:x:65534:\n");
	if (!r)
		r = buf_oom(&b) ? -ENOMEM : sandbox_add_data(s, b.ptr, b.len,
				"--ro-bind-data", "/etc/group");
	if (!r)
		r = sandbox_add_data(s, switches, sizeof(switches) - 1,
				     "--ro-bind-data", "/etc/nsswitch.conf");
	buf_release(&b);
	return r;
}

static int add_content_of(struct sandbox *s, const char *path)
{
	struct buf b = BUF_INIT;
	int r = io_read_file(AT_FDCWD, path, ETC_FILE_MAX, &b);

	r = r ? 0 : sandbox_add_data(s, b.ptr, b.len, "--ro-bind-data", path);
	buf_release(&b);
	return r;
}

/* Without the host's network its names would mean nothing. */
static int add_network_files(struct sandbox *s, enum sandbox_net net)
{
	static const char hosts[] = "127.0.0.1 localhost scrim\n"
		"::1 localhost scrim\n";
	int r;

	if (net != NET_HOST)
		return sandbox_add_data(s, hosts, sizeof(hosts) - 1,
					"--ro-bind-data", "/etc/hosts");
	r = add_content_of(s, "/etc/hosts");
	return r ? r : add_content_of(s, "/etc/resolv.conf");
}

static int add_etc(struct sandbox *s, const struct sandbox_options *o)
{
	const char *const *at;
	int r;

	for (at = etc; *at; at++)
		if (!access(*at, R_OK))
			sandbox_add(s, (const char *const[]){ "--ro-bind", *at,
				    *at, NULL });
	r = add_users(s, o);
	return r ? r : add_network_files(s, o->net);
}

/* The places where the trusted certificates of a system are in one file. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem", NULL
};

static int add_ca(struct sandbox *s, const char *ca, struct err *err)
{
	struct buf b = BUF_INIT;
	const char *const *at, *bundle = NULL;
	struct stat st;
	size_t own;
	int r;

	for (at = bundles; *at && !bundle; at++)
		if (!lstat(*at, &st) && S_ISREG(st.st_mode))
			bundle = *at;
	if (bundle && io_read_file(AT_FDCWD, bundle, ETC_FILE_MAX, &b))
		buf_clear(&b);
	buf_addch(&b, '\n');
	own = b.len;
	r = io_read_file(AT_FDCWD, ca, ETC_FILE_MAX, &b);
	if (!r && !strstr(b.ptr + own, "-----BEGIN "))
		r = -EINVAL;
	if (!r)
		r = sandbox_add_data(s, b.ptr, b.len, "--ro-bind-data",
				     SANDBOX_CA);
	if (!r && bundle)
		r = sandbox_add_data(s, b.ptr, b.len, "--ro-bind-data",
				     bundle);
	buf_release(&b);
	return r ? err_errno(err, r, "--ca: %s is no PEM certificate that can "
			     "be read", ca) : 0;
}

static void add_tmpfs(struct sandbox *s, const char *mode,
		      unsigned long long size, const char *path)
{
	char bytes[32];

	snprintf(bytes, sizeof(bytes), "%llu", size);
	sandbox_add(s, (const char *const[]){ "--perms", mode, "--size", bytes,
		    "--tmpfs", path, NULL });
}

static void add_fresh(struct sandbox *s, const struct sandbox_options *o)
{
	char runtime[64];

	sandbox_add(s, (const char *const[]){ "--proc", "/proc", "--dev",
		    "/dev", NULL });
	add_tmpfs(s, "1777", o->tmp_size / 4 + 1, "/dev/shm");
	add_tmpfs(s, "1777", o->tmp_size, "/tmp");
	add_tmpfs(s, "1777", o->tmp_size, "/var/tmp");
	add_tmpfs(s, "0755", 16u << 20, "/run");
	snprintf(runtime, sizeof(runtime), "/run/user/%u", (unsigned)o->uid);
	sandbox_add(s, (const char *const[]){ "--symlink", "../run", "/var/run",
		    "--perms", "0700", "--dir", runtime, "--ro-bind", o->init,
		    INIT_PROGRAM, NULL });
	add_tmpfs(s, "0700", o->tmp_size, o->home);
}

static int show(struct sandbox *s, const struct sandbox_options *o,
		const char *path, struct err *err)
{
	int r = sandbox_may_show(o, path, err);

	if (!r)
		sandbox_add(s, (const char *const[]){ "--ro-bind", path, path,
			    NULL });
	return r;
}

static int add_profile(struct sandbox *s, const struct sandbox_options *o)
{
	const struct profile *p = o->profile;
	struct buf b = BUF_INIT;
	size_t i;
	int r = 0;

	for (i = 0; i < p->ro.n && !r; i++)
		if (!access(p->ro.at[i], R_OK) &&
		    show(s, o, p->ro.at[i], NULL))
			r = strlist_add(&s->left_out, p->ro.at[i]);
	for (i = 0; i < p->keep.n && o->keep_dir && !r; i++) {
		buf_clear(&b);
		home_place(o->keep_dir, p->keep.at[i], &b);
		sandbox_add(s, (const char *const[]){ "--bind", b.ptr,
			    p->keep.at[i], NULL });
	}
	s->oom |= buf_oom(&b);
	buf_release(&b);
	return r;
}

/* A workspace that lies in what is always shown could be read past its view. */
static int check_roots(const struct sandbox_options *o, struct err *err)
{
	static const char *const roots[] = { "/usr", "/nix/store",
		"/etc/ssl/certs", "/etc/profile.d", "/etc/alternatives", NULL };
	const char *const *at;
	int r = 0;

	for (at = roots; *at && !r; at++)
		if (!access(*at, F_OK))
			r = sandbox_may_show(o, *at, err);
	if (r)
		err_wrap(err, "move the workspace: the sandbox cannot do "
			 "without %s", at[-1]);
	return r;
}

int rootfs_add(struct sandbox *s, const struct sandbox_options *o,
	       struct err *err)
{
	const char *const *also;
	int r = check_roots(o, err);

	if (r)
		return r;
	add_usr(s);
	r = add_etc(s, o);
	if (r)
		return err_errno(err, r, "/etc of the sandbox");
	add_fresh(s, o);
	r = add_profile(s, o);
	if (r)
		return err_errno(err, r, "profile");
	for (also = o->also_ro; also && *also; also++) {
		r = show(s, o, *also, err);
		if (r)
			return err_wrap(err, "--also-ro");
	}
	if (o->net == NET_PROXY)
		sandbox_add(s, (const char *const[]){ "--bind", o->proxy,
			    INIT_PROXY_SOCKET, NULL });
	return o->ca ? add_ca(s, o->ca, err) : 0;
}
