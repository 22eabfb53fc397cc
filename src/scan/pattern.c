/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/pattern.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define JIT_STACK_MIN (32u << 10)
#define JIT_STACK_MAX (1u << 20)
#define HEAP_LIMIT_KIB (16u << 10)

struct pattern {
	char *regex;
	int flags;
	pthread_mutex_t lock;	/* of making code */
	pcre2_code *code;
	atomic_int ready;	/* code may be searched with; or a negative errno */
};

struct pattern_scratch {
	pcre2_match_context *context;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
};

static int compile(const char *regex, int flags, pcre2_code **out,
		   struct err *err)
{
	uint32_t options = PCRE2_MULTILINE | PCRE2_NEVER_UTF |
			   PCRE2_NEVER_BACKSLASH_C;
	pcre2_compile_context *context;
	PCRE2_UCHAR text[160];
	PCRE2_SIZE where = 0;
	int code = 0;

	if (flags & PATTERN_NOCASE)
		options |= PCRE2_CASELESS;
	context = pcre2_compile_context_create(NULL);
	if (!context)
		return err_set(err, -ENOMEM, "out of memory");
	pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	*out = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, options,
			     &code, &where, context);
	pcre2_compile_context_free(context);
	if (*out)
		return 0;
	pcre2_get_error_message(code, text, sizeof(text));
	return err_set(err, -EINVAL, "bad regular expression at offset %zu: %s",
		       (size_t)where, (const char *)text);
}

/* Where there is no JIT for this machine, the interpreter does it. */
static int make_code(struct pattern *p, int jit, struct err *err)
{
	int r = 0, was;

	pthread_mutex_lock(&p->lock);
	was = atomic_load(&p->ready);
	if (was < 0)
		r = err_set(err, was, "bad regular expression");
	else if (!p->code)
		r = compile(p->regex, p->flags, &p->code, err);
	if (!r && jit && was == 0 && !getenv("SCRIM_NO_JIT"))
		pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	if (r)
		atomic_store(&p->ready, r);
	else if (jit)
		atomic_store(&p->ready, 1);
	pthread_mutex_unlock(&p->lock);
	return r;
}

int pattern_new(struct pattern **out, const char *regex, int flags,
		struct err *err)
{
	struct pattern *p = calloc(1, sizeof(*p));
	int r = 0;

	if (!p)
		return err_set(err, -ENOMEM, "out of memory");
	pthread_mutex_init(&p->lock, NULL);
	p->flags = flags;
	p->regex = strdup(regex);
	if (!p->regex)
		r = err_set(err, -ENOMEM, "out of memory");
	else if (!(flags & PATTERN_LAZY))
		r = make_code(p, 0, err);
	if (r)
		pattern_free(p);
	else
		*out = p;
	return r;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_code_free(p->code);
	pthread_mutex_destroy(&p->lock);
	free(p->regex);
	free(p);
}

int pattern_ready(const struct pattern *p, struct err *err)
{
	/* The code is a cache: a pattern is const for those who use it. */
	return make_code((struct pattern *)p, 0, err);
}

int pattern_group_count(const struct pattern *p)
{
	uint32_t n = 0;

	if (pattern_ready(p, NULL))
		return 0;
	pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return (int)n;
}

int pattern_scratch_new(struct pattern_scratch **out)
{
	struct pattern_scratch *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->context = pcre2_match_context_create(NULL);
	m->data = pcre2_match_data_create(PATTERN_GROUPS, NULL);
	m->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	if (!m->context || !m->data) {
		pattern_scratch_free(m);
		return -ENOMEM;
	}
	pcre2_set_match_limit(m->context, PATTERN_LIMIT);
	pcre2_set_depth_limit(m->context, PATTERN_LIMIT);
	pcre2_set_heap_limit(m->context, HEAP_LIMIT_KIB);
	/* Without a stack of its own (no JIT here), JIT code uses the thread's. */
	if (m->stack)
		pcre2_jit_stack_assign(m->context, NULL, m->stack);
	*out = m;
	return 0;
}

void pattern_scratch_free(struct pattern_scratch *m)
{
	if (!m)
		return;
	pcre2_jit_stack_free(m->stack);
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	free(m);
}

static int from_pcre2(int r)
{
	switch (r) {
	case PCRE2_ERROR_NOMATCH:
		return 0;
	case PCRE2_ERROR_NOMEMORY:
		return -ENOMEM;
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_JIT_STACKLIMIT:
		return -ETIME;
	default:
		return -EINVAL;
	}
}

int pattern_find(const struct pattern *p, struct pattern_scratch *m,
		 const char *s, size_t len, size_t from,
		 struct pattern_span *at, size_t n)
{
	const PCRE2_SIZE *v;
	int r;

	if (atomic_load(&p->ready) != 1) {
		r = make_code((struct pattern *)p, 1, NULL);
		if (r)
			return r;
	}
	r = pcre2_match(p->code, (PCRE2_SPTR)s, len, from, 0, m->data,
			m->context);
	if (r < 0)
		return from_pcre2(r);
	v = pcre2_get_ovector_pointer(m->data);
	for (size_t i = 0; i < n && i < PATTERN_GROUPS; i++) {
		/* r is 0 where there are more groups than were asked for. */
		int set = (r == 0 || i < (size_t)r) && v[2 * i] != PCRE2_UNSET;

		at[i].start = set ? v[2 * i] : PATTERN_UNSET;
		at[i].end = set ? v[2 * i + 1] : PATTERN_UNSET;
	}
	return 1;
}
