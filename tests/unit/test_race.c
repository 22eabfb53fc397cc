/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A user who edits, renames and replaces files and directories (by links that
 * lead out, too) while apply and undo run: nothing outside of the workspace is
 * touched, and the last thing that the user wrote to each file is somewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"
#include "review/apply.h"
#include "review/undo.h"
#include "util/io.h"

#define DIRS 4
#define FILES 6
#define ROUNDS 15

/* What the user did last, shared with the test: a token of each file, or 0. */
struct ledger {
	unsigned token[DIRS][FILES];
	unsigned next;
	unsigned done;		/* of what was tried: that it succeeded */
	volatile int busy;	/* number of the file that is being written, or 0 */
};

static unsigned long next_random(unsigned long *seed)
{
	*seed = *seed * 6364136223846793005ul + 1442695040888963407ul;
	return *seed >> 33;
}

static int put_token(int dir, const char *name, int flags, unsigned token)
{
	char text[32];
	int fd, n;

	fd = openat(dir, name, flags, 0644);
	if (fd < 0)
		return -1;
	n = snprintf(text, sizeof(text), "user-%u-\n", token);
	n = write(fd, text, (size_t)n) == n ? 0 : -1;
	return close(fd) ? -1 : n;
}

static void edit(struct ledger *l, int ws, unsigned long *seed)
{
	unsigned d = next_random(seed) % DIRS, f = next_random(seed) % FILES;
	unsigned token = ++l->next;
	char path[32], temp[48];
	int r;

	l->busy = (int)(d * FILES + f) + 1;
	snprintf(path, sizeof(path), "d%u/f%u", d, f);
	snprintf(temp, sizeof(temp), "d%u/user-temp", d);
	if (next_random(seed) % 2) {
		r = put_token(ws, path, O_WRONLY | O_TRUNC | O_NOFOLLOW, token);
	} else {
		r = put_token(ws, temp, O_WRONLY | O_CREAT | O_EXCL, token);
		if (!r)
			r = renameat(ws, temp, ws, path);
		if (r)
			unlinkat(ws, temp, 0);
	}
	if (!r) {
		l->token[d][f] = token;
		l->done++;
	}
	l->busy = 0;
}

/* For a moment a link that leads out takes a directory's place. */
static void lead_out(int ws, unsigned long *seed)
{
	unsigned d = next_random(seed) % DIRS;
	char dir[16], aside[16];

	snprintf(dir, sizeof(dir), "d%u", d);
	snprintf(aside, sizeof(aside), "aside%u", d);
	if (renameat2(ws, dir, ws, aside, RENAME_NOREPLACE))
		return;
	if (!symlinkat("../outside", ws, dir)) {
		usleep((unsigned)(next_random(seed) % 300));
		unlinkat(ws, dir, 0);
	}
	/* Someone may have made a directory of that name; it stays then. */
	if (renameat2(ws, aside, ws, dir, RENAME_NOREPLACE))
		renameat2(ws, aside, ws, dir, RENAME_EXCHANGE);
}

static void be_user(struct ledger *l, int ws, unsigned long seed)
{
	for (;;) {
		if (next_random(&seed) % 4)
			edit(l, ws, &seed);
		else
			lead_out(ws, &seed);
		usleep((unsigned)(next_random(&seed) % 400));
	}
}

static void start(struct fake *f, struct where *w)
{
	fake_start_quick(f);
	fake_do(f, "mkdir state outside; cd outside; for f in 0 1 2 3 4 5; do"
		" echo safe >f$f; done; cd ../ws; for d in 0 1 2 3; do"
		" mkdir d$d; for f in 0 1 2 3 4 5; do echo $d $f >d$d/f$f;"
		" done; done");
	fake_begin(f);
	fake_do(f, "cd view; for d in 0 1 2 3; do echo agent >d$d/f0;"
		" echo agent >>d$d/f1; rm d$d/f2; chmod 755 d$d/f3;"
		" mkdir d$d/new; echo n >d$d/new/n; mv d$d/f4 d$d/new/f4;"
		" rm d$d/f5; ln -s x d$d/f5; done");
	w->ws = f->ws;
	w->state = openat(f->rootfd, "state", O_RDONLY | O_DIRECTORY);
	assert_true(w->state >= 0);
}

static void check_ledger(struct fake *f, const struct ledger *l)
{
	char cmd[128];

	fake_do(f, "cd outside; ls | tr '\\n' ' ' >../o;"
		" grep -qx 'f0 f1 f2 f3 f4 f5 ' ../o; cat * | sort -u >../o;"
		" grep -qx safe ../o; test \"$(wc -l <../o)\" = 1");
	for (int d = 0; d < DIRS; d++)
		for (int i = 0; i < FILES; i++) {
			/* killed while at it, the user has lost it himself */
			if (!l->token[d][i] || l->busy == d * FILES + i + 1)
				continue;
			snprintf(cmd, sizeof(cmd), "grep -rqx user-%u- ws"
				 " state", l->token[d][i]);
			if (fake_sh(f, cmd))
				fail_msg("the user's d%d/f%d is lost", d, i);
		}
}

static int one_round(unsigned long seed, struct ledger *l)
{
	struct plan_opts o = { .skip_conflicts = 1 };
	struct notes notes = { NULL, 0 };
	struct err err = ERR_INIT;
	struct where w;
	struct fake f;
	struct plan p;
	uint32_t seq;
	pid_t user;
	int r;

	start(&f, &w);
	user = fork();
	if (!user)
		be_user(l, f.ws, seed);
	usleep((unsigned)(seed % 3000));
	fake_list(&f);
	assert_int_equal(plan_make(&p, &f.list, &f.src, f.ws, &o, &err), 0);
	r = apply_run(&p, &f.src, &w, "", &seq, &notes, &err);
	if (!r && seq)
		undo_run(&w, 0, &seq, &notes, &err);
	kill(user, SIGKILL);
	waitpid(user, NULL, 0);
	check_ledger(&f, l);
	plan_release(&p);
	notes_release(&notes);
	io_close(&w.state);
	fake_end(&f);
	return !r;
}

static void test_race_nothing_is_lost(void **state)
{
	struct ledger *l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int rounds = getenv("SCRIM_RACE_ROUNDS") ?
		     atoi(getenv("SCRIM_RACE_ROUNDS")) : ROUNDS;
	unsigned edits = 0;
	int applied = 0;

	assert_ptr_not_equal(l, MAP_FAILED);
	/* the user may be too late for all of a few */
	for (int i = 0; i < rounds || (!edits && i < 50 * rounds); i++) {
		memset(l, 0, sizeof(*l));
		applied += one_round(1234567ul * (unsigned)(i + 1), l);
		edits += l->done;
	}
	print_message("%d of %d were applied, %u edits\n", applied, rounds,
		      edits);
	assert_true(edits > 0);
	munmap(l, sizeof(*l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_race_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
