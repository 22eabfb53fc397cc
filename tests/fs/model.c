/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model [-S SEED] [-n OPS] [-p PROCESSES] [-e EVERY] [-r COMMAND] [-k FILE]
 *       [-v] PLAIN VIEW
 *
 * Does random operations in both directories, by several processes in turn, and
 * compares. After each EVERY operations all files are closed, the trees are
 * compared whole, and COMMAND (a remount) is run; each fourth such round is done
 * by all processes at once, each in a subtree of its own. As root, the last
 * process acts as an ordinary user. -k names a file of operation numbers to
 * leave out; -v prints each operation.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model.h"
#include "tree.h"

#define MAX_PROCS 4
#define TRACE 24
#define OTHER_USER 41001

struct run {
	const char *dir[SIDES];
	const char *remount;
	uint64_t seed;
	long ops, every;
	int procs, verbose;
	time_t since;
	unsigned char *skip;	/* by number */
	const struct model_op *table[1024];
	unsigned weights;
	char (*trace)[MODEL_DESC + 32];	/* shared, a ring */
	int pipe[MAX_PROCS][2];
};

static int owner(const struct run *r, long i)
{
	struct rng g = { r->seed * 31 + (uint64_t)i };

	return (int)rng_below(&g, (unsigned)r->procs);
}

static void add_ops(struct run *r, const struct model_op *op)
{
	int k;

	for (; op->name; op++)
		for (k = 0; k < op->weight; k++)
			r->table[r->weights++] = op;
}

static void print_trace(const struct run *r, long i)
{
	long k = i < TRACE ? 0 : i - TRACE + 1;

	for (; k <= i; k++)
		fprintf(stderr, "  %s\n", r->trace[k % TRACE]);
}

static void print_outcome(const char *side, const struct outcome *o)
{
	fprintf(stderr, "  %s %ld %016llx %s\n", side, o->ret,
		(unsigned long long)o->seen,
		o->ret < 0 ? strerror((int)-o->ret) : o->text);
}

static int differs(struct run *r, struct model *m, long i)
{
	const struct outcome *p = &m->out[PLAIN], *v = &m->out[VIEW];

	if (p->ret == v->ret && p->seen == v->seen)
		return 0;
	fflush(stdout);
	fprintf(stderr, "operation %ld differs: %s\n", i, m->desc);
	print_outcome("plain", p);
	print_outcome("view ", v);
	fprintf(stderr, "the last operations:\n");
	print_trace(r, i);
	return 1;
}

/* One operation; 1 where the sides differ. */
static int step(struct run *r, struct model *m, long i)
{
	const struct model_op *op;

	m->rng.s = r->seed + (uint64_t)i * 0x9e3779b97f4a7c15ull;
	op = r->table[rng_below(&m->rng, r->weights)];
	if (r->skip[i])
		return 0;
	memset(m->out, 0, sizeof(m->out));
	model_say(m, "%s: nothing to do it with", op->name);
	op->run(m);
	snprintf(r->trace[i % TRACE], sizeof(r->trace[0]), "%ld: %s = %ld", i,
		 m->desc, m->out[PLAIN].ret);
	if (r->verbose)
		fprintf(stderr, "[%d] %s\n", (int)getpid(), r->trace[i % TRACE]);
	return differs(r, m, i);
}

static void start_worker(struct run *r, struct model *m, int k, int apart)
{
	char path[MODEL_PATH];
	int s, i;

	umask(022);
	m->since = r->since;
	m->apart = apart;
	BOTH(s) {
		snprintf(path, sizeof(path), apart ? "%s/=%d" : "%s",
			 r->dir[s], k);
		if (apart && !mkdir(path, 0777) && chmod(path, 0777))
			_exit(99);
		m->root[s] = open(path, O_RDONLY | O_DIRECTORY);
		for (i = 0; i < MODEL_SLOTS; i++)
			m->slot[i][s] = -1;
	}
	if (!geteuid() && k == r->procs - 1 && k > 0)
		if (setegid(OTHER_USER) || seteuid(OTHER_USER))
			_exit(99);
}

static void pass_on(struct run *r, int to, long i)
{
	if (write(r->pipe[to][1], &i, sizeof(i)) != sizeof(i))
		_exit(99);
}

static void stop_all(struct run *r)
{
	int k;

	for (k = 0; k < r->procs; k++)
		pass_on(r, k, -1);
}

/* Works while it is its turn; hands on; ends when told -1. */
static int work_in_turn(struct run *r, struct model *m, int me, long end)
{
	long i;

	while (read(r->pipe[me][0], &i, sizeof(i)) == sizeof(i) && i >= 0) {
		for (; i < end && owner(r, i) == me; i++)
			if (step(r, m, i)) {
				stop_all(r);
				return 1;
			}
		if (i < end)
			pass_on(r, owner(r, i), i);
		else
			stop_all(r);
	}
	return 0;
}

static int work_apart(struct run *r, struct model *m, int me, long i, long end)
{
	if (m->root[PLAIN] < 0 || m->root[VIEW] < 0)
		return (m->root[PLAIN] < 0) != (m->root[VIEW] < 0);
	for (; i < end; i++)
		if (owner(r, i) == me && step(r, m, i))
			return 1;
	return 0;
}

static int round_of(struct run *r, long from, long end, int apart)
{
	struct model m = { .apart = 0 };
	int k, st, bad = 0;

	for (k = 0; k < r->procs; k++)
		if (pipe(r->pipe[k]))
			return 1;
	for (k = 0; k < r->procs; k++) {
		if (fork())
			continue;
		start_worker(r, &m, k, apart);
		st = apart ? work_apart(r, &m, k, from, end) :
			     work_in_turn(r, &m, k, end);
		_exit(st);
	}
	if (!apart)
		pass_on(r, owner(r, from), from);
	for (k = 0; k < r->procs; k++) {
		wait(&st);
		bad |= st;
		if (st)
			stop_all(r);
	}
	for (k = 0; k < r->procs; k++) {
		close(r->pipe[k][0]);
		close(r->pipe[k][1]);
	}
	return bad;
}

static char *tree_text(const char *dir, time_t since)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f || tree_write(f, dir, 0, since))
		fprintf(stderr, "%s cannot be walked\n", dir);
	if (f)
		fclose(f);
	return text;
}

/* A line of tree_write, with the middle of a long path left out. */
static void print_line(const char *side, const char *line)
{
	size_t len = line ? strcspn(line, " ") : 0;

	if (!line)
		fprintf(stderr, "  %s nothing\n", side);
	else if (len < 80)
		fprintf(stderr, "  %s %s\n", side, line);
	else
		fprintf(stderr, "  %s %.30s...%s\n", side, line,
			line + len - 40);
}

/* Lines of the one that are not in the other, at its place. */
static int compare_trees(struct run *r)
{
	char *p = tree_text(r->dir[PLAIN], r->since), *ps = NULL;
	char *v = tree_text(r->dir[VIEW], r->since), *vs = NULL;
	char *a, *b;
	int shown = 0, bad = !p || !v || strcmp(p, v);

	if (bad && p && v) {
		a = strtok_r(p, "\n", &ps);
		b = strtok_r(v, "\n", &vs);
		for (; (a || b) && shown < 8; a = a ? strtok_r(NULL, "\n", &ps) :
		     NULL, b = b ? strtok_r(NULL, "\n", &vs) : NULL)
			if (!a || !b || strcmp(a, b)) {
				print_line("plain", a);
				print_line("view ", b);
				shown++;
			}
	}
	free(p);
	free(v);
	return bad;
}

static int remount(const struct run *r)
{
	pid_t pid;
	int st;

	if (!r->remount)
		return 0;
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", r->remount, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &st, 0);
	return st;
}

static int run_all(struct run *r)
{
	long i, end, n;

	for (i = 0, n = 1; i < r->ops; i = end, n++) {
		end = i + r->every < r->ops ? i + r->every : r->ops;
		if (round_of(r, i, end, n % 4 == 0))
			return 1;
		if (compare_trees(r)) {
			fprintf(stderr, "the trees differ after operation %ld\n",
				end - 1);
			print_trace(r, end - 1);
			return 1;
		}
		if (remount(r)) {
			fprintf(stderr, "remount failed: %s\n", r->remount);
			return 1;
		}
		if (compare_trees(r)) {
			fprintf(stderr, "the trees differ after the remount "
				"that follows operation %ld\n", end - 1);
			return 1;
		}
	}
	return 0;
}

static void read_skip(struct run *r, const char *path)
{
	FILE *f = fopen(path, "r");
	long i;

	if (!f)
		return;
	while (fscanf(f, "%ld", &i) == 1)
		if (i >= 0 && i < r->ops)
			r->skip[i] = 1;
	fclose(f);
}

static int usage(void)
{
	fprintf(stderr, "usage: model [-S SEED] [-n OPS] [-p PROCESSES] "
		"[-e EVERY] [-r COMMAND] [-k FILE] [-v] PLAIN VIEW\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct run r = { .ops = 1000, .every = 5000, .procs = 3 };
	const char *skip = NULL;
	int c;

	signal(SIGPIPE, SIG_IGN);
	r.seed = (uint64_t)time(NULL) * 1000003u ^ (uint64_t)getpid();
	while ((c = getopt(argc, argv, "S:n:p:e:r:k:v")) != -1) {
		switch (c) {
		case 'S': r.seed = strtoull(optarg, NULL, 0); break;
		case 'n': r.ops = atol(optarg); break;
		case 'p': r.procs = atoi(optarg); break;
		case 'e': r.every = atol(optarg); break;
		case 'r': r.remount = optarg; break;
		case 'k': skip = optarg; break;
		case 'v': r.verbose = 1; break;
		default: return usage();
		}
	}
	if (optind + 2 != argc || r.ops < 1 || r.every < 1 || r.procs < 1 ||
	    r.procs > MAX_PROCS)
		return usage();
	r.dir[PLAIN] = argv[optind];
	r.dir[VIEW] = argv[optind + 1];
	r.since = time(NULL) - 1000;
	r.skip = calloc((size_t)r.ops, 1);
	r.trace = mmap(NULL, TRACE * sizeof(*r.trace), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!r.skip || r.trace == MAP_FAILED)
		return 1;
	if (skip)
		read_skip(&r, skip);
	add_ops(&r, model_name_ops);
	add_ops(&r, model_file_ops);
	printf("seed %llu, %ld operations, %d processes\n",
	       (unsigned long long)r.seed, r.ops, r.procs);
	fflush(stdout);
	c = run_all(&r);
	printf("%s: seed %llu\n", c ? "FAILED" : "same",
	       (unsigned long long)r.seed);
	free(r.skip);
	return c ? 1 : 0;
}
