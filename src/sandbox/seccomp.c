/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/seccomp.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NEW_NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | \
	CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP | \
	0x80 /* CLONE_NEWTIME */)

/* A call that is refused, whatever its arguments. */
struct call {
	const char *name;
	int error;
	int unless;		/* the flag that lets it be */
};

static const struct call calls[] = {
	{ "mount", EPERM, SECCOMP_ALLOW_USERNS },
	{ "umount2", EPERM, SECCOMP_ALLOW_USERNS },
	{ "umount", EPERM, SECCOMP_ALLOW_USERNS },
	{ "pivot_root", EPERM, SECCOMP_ALLOW_USERNS },
	{ "chroot", EPERM, SECCOMP_ALLOW_USERNS },
	{ "setns", EPERM, SECCOMP_ALLOW_USERNS },
	{ "fsopen", ENOSYS, SECCOMP_ALLOW_USERNS },
	{ "fsconfig", ENOSYS, SECCOMP_ALLOW_USERNS },
	{ "fsmount", ENOSYS, SECCOMP_ALLOW_USERNS },
	{ "fspick", ENOSYS, SECCOMP_ALLOW_USERNS },
	{ "move_mount", ENOSYS, SECCOMP_ALLOW_USERNS },
	{ "open_tree", ENOSYS, SECCOMP_ALLOW_USERNS },
	{ "mount_setattr", ENOSYS, SECCOMP_ALLOW_USERNS },
	{ "clone3", ENOSYS, SECCOMP_ALLOW_USERNS },
	{ "ptrace", EPERM, SECCOMP_ALLOW_PTRACE },
	{ "process_vm_readv", EPERM, SECCOMP_ALLOW_PTRACE },
	{ "process_vm_writev", EPERM, SECCOMP_ALLOW_PTRACE },
	{ "pidfd_getfd", EPERM, SECCOMP_ALLOW_PTRACE },
	{ "kcmp", EPERM, SECCOMP_ALLOW_PTRACE },
	{ "io_uring_setup", ENOSYS, SECCOMP_ALLOW_IO_URING },
	{ "io_uring_enter", ENOSYS, SECCOMP_ALLOW_IO_URING },
	{ "io_uring_register", ENOSYS, SECCOMP_ALLOW_IO_URING },
	{ "perf_event_open", EPERM, SECCOMP_ALLOW_PERF },
	{ "bpf", EPERM, 0 },
	{ "keyctl", ENOSYS, 0 },
	{ "add_key", ENOSYS, 0 },
	{ "request_key", ENOSYS, 0 },
	{ "userfaultfd", ENOSYS, 0 },
	{ "open_by_handle_at", EPERM, 0 },
	{ "name_to_handle_at", ENOSYS, 0 },
	{ "fanotify_init", EPERM, 0 },
	{ "quotactl", EPERM, 0 },
	{ "quotactl_fd", EPERM, 0 },
	{ "swapon", EPERM, 0 },
	{ "swapoff", EPERM, 0 },
	{ "acct", EPERM, 0 },
	{ "syslog", EPERM, 0 },
	{ "reboot", EPERM, 0 },
	{ "kexec_load", EPERM, 0 },
	{ "kexec_file_load", EPERM, 0 },
	{ "init_module", EPERM, 0 },
	{ "finit_module", EPERM, 0 },
	{ "delete_module", EPERM, 0 },
	{ "iopl", EPERM, 0 },
	{ "ioperm", EPERM, 0 },
	{ "settimeofday", EPERM, 0 },
	{ "clock_settime", EPERM, 0 },
	{ "clock_adjtime", EPERM, 0 },
	{ "adjtimex", EPERM, 0 },
	{ "vhangup", EPERM, 0 },
	{ "uselib", ENOSYS, 0 },
	{ "lookup_dcookie", ENOSYS, 0 },
	{ "memfd_secret", ENOSYS, 0 },
};

/* A call that is refused where (argument & mask) == value. */
struct argument {
	const char *name;
	unsigned int index;
	unsigned long long mask, value;
	int error;
	int unless;
};

#define FLAG(call, flag) \
	{ call, 0, flag, flag, EPERM, SECCOMP_ALLOW_USERNS }

static const struct argument arguments[] = {
	/* the kernel looks at the low 32 bits of the request only */
	{ "ioctl", 1, 0xffffffff, TIOCSTI, EPERM, 0 },
	{ "ioctl", 1, 0xffffffff, TIOCLINUX, EPERM, 0 },
	FLAG("clone", CLONE_NEWUSER),
	FLAG("clone", CLONE_NEWNS),
	FLAG("clone", CLONE_NEWPID),
	FLAG("clone", CLONE_NEWNET),
	FLAG("clone", CLONE_NEWIPC),
	FLAG("clone", CLONE_NEWUTS),
	FLAG("clone", CLONE_NEWCGROUP),
	FLAG("unshare", CLONE_NEWUSER),
	FLAG("unshare", CLONE_NEWNS),
	FLAG("unshare", CLONE_NEWPID),
	FLAG("unshare", CLONE_NEWNET),
	FLAG("unshare", CLONE_NEWIPC),
	FLAG("unshare", CLONE_NEWUTS),
	FLAG("unshare", CLONE_NEWCGROUP),
	FLAG("unshare", 0x80),
};

/* The families that stay: all others are refused with EAFNOSUPPORT. */
static const int families[] = { AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6,
	AF_NETLINK };

static const struct {
	const char *word;
	int flag;
} words[] = {
	{ "ptrace", SECCOMP_ALLOW_PTRACE },
	{ "userns", SECCOMP_ALLOW_USERNS },
	{ "io_uring", SECCOMP_ALLOW_IO_URING },
	{ "perf", SECCOMP_ALLOW_PERF },
};

int seccomp_allow_word(const char *word, size_t len, int *flag, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].word) == len &&
		    !memcmp(words[i].word, word, len)) {
			*flag = words[i].flag;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "nothing is called '%.*s' that could be "
		       "allowed: ptrace, userns, io_uring, perf",
		       (int)(len < 40 ? len : 40), word);
}

/* A call that this architecture does not have cannot be made either. */
static int refuse(scmp_filter_ctx ctx, const char *name, int error,
		  unsigned int n, const struct scmp_arg_cmp *args)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((unsigned)error), nr,
				      n, args);
}

static int add_calls(scmp_filter_ctx ctx, int allow)
{
	size_t i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(calls) && !r; i++)
		if (!(calls[i].unless & allow))
			r = refuse(ctx, calls[i].name, calls[i].error, 0, NULL);
	return r;
}

static int add_arguments(scmp_filter_ctx ctx, int allow)
{
	size_t i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(arguments) && !r; i++) {
		const struct argument *a = &arguments[i];
		struct scmp_arg_cmp cmp = { a->index, SCMP_CMP_MASKED_EQ,
			a->mask, a->value };

		if (!(a->unless & allow))
			r = refuse(ctx, a->name, a->error, 1, &cmp);
	}
	return r;
}

static int is_kept_family(int family)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i] == family)
			return 1;
	return 0;
}

static int add_families(scmp_filter_ctx ctx)
{
	/* the argument is an int: bits above it are not looked at */
	struct scmp_arg_cmp above = SCMP_A0_32(SCMP_CMP_GT, AF_NETLINK, 0);
	int family, r;

	r = refuse(ctx, "socket", EAFNOSUPPORT, 1, &above);
	for (family = 0; family < AF_NETLINK && !r; family++) {
		struct scmp_arg_cmp is = SCMP_A0_32(SCMP_CMP_EQ,
						    (uint32_t)family, 0);

		if (!is_kept_family(family))
			r = refuse(ctx, "socket", EAFNOSUPPORT, 1, &is);
	}
	return r;
}

/*
 * kill(0, ...) reaches our process group, which scrim itself and the rest of a
 * shell's pipeline belong to: these two signals would leave them no say.
 */
static int add_kill(scmp_filter_ctx ctx)
{
	static const int signals[] = { SIGKILL, SIGSTOP };
	size_t i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(signals) && !r; i++) {
		struct scmp_arg_cmp cmp[] = {
			SCMP_A0_32(SCMP_CMP_EQ, 0, 0),
			SCMP_A1_32(SCMP_CMP_EQ, (uint32_t)signals[i], 0),
		};

		r = refuse(ctx, "kill", EPERM, 2, cmp);
	}
	return r;
}

static int export(scmp_filter_ctx ctx, int *out)
{
	int fd = memfd_create("seccomp", MFD_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (!r && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r) {
		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

int seccomp_filter(int allow, int *fd, struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (!ctx)
		return err_errno(err, -ENOMEM, "system call filter");
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			     SCMP_ACT_KILL_PROCESS);
	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!r)
		r = add_calls(ctx, allow);
	if (!r)
		r = add_arguments(ctx, allow);
	if (!r)
		r = add_families(ctx);
	if (!r)
		r = add_kill(ctx);
	if (!r)
		r = export(ctx, fd);
	seccomp_release(ctx);
	return r ? err_errno(err, r, "system call filter") : 0;
}
