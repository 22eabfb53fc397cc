/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "session/tail.h"
#include "util/buf.h"
#include "util/crc32c.h"
#include "util/io.h"

static void add_record(struct buf *b, const void *items, size_t len)
{
	buf_add_u32(b, (uint32_t)len);
	buf_add_u32(b, crc32c(items, len));
	buf_add(b, items, len);
}

/* Some bytes of which none is 0. */
static void fill(char *items, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		items[i] = (char)(1 + (i * 7 + seed) % 250);
}

static int look_at(const struct buf *b, size_t off, uint32_t *len)
{
	int fd = memfd_create("log", MFD_CLOEXEC), r;

	assert_int_equal(io_write_full(fd, b->ptr, b->len), 0);
	r = tail_look(fd, off, b->len, len);
	close(fd);
	return r;
}

/* Two records, of a and then b bytes. */
static void two(struct buf *out, size_t a, size_t b)
{
	char items[4096];

	buf_clear(out);
	fill(items, a, 1);
	add_record(out, items, a);
	fill(items, b, 2);
	add_record(out, items, b);
}

static void test_tail_torn_at_every_byte(void **state)
{
	char items[1500];
	struct buf b = BUF_INIT;
	uint32_t len;

	fill(items, sizeof(items), 3);
	add_record(&b, items, sizeof(items));
	for (size_t n = b.len - 1; n; n--) {
		b.len = n;
		assert_int_equal(look_at(&b, 0, &len), TAIL_TORN);
	}
	buf_release(&b);
}

/* Sectors that were not written, at each place, with and without room behind. */
static void test_tail_torn_by_sectors(void **state)
{
	struct buf b = BUF_INIT;
	uint32_t len;

	for (size_t room = 0; room < 3000; room += 2999)
		for (size_t lost = 0; lost < 2048; lost += 512) {
			two(&b, 700, 1200);
			assert_int_equal(buf_grow(&b, room + 1), 0);
			memset(b.ptr + b.len, 0, room);
			b.len += room;
			memset(b.ptr + lost, 0, lost + 512 > 1916 ?
			       1916 - lost : 512);
			if (lost < 512)
				continue;	/* the first is lost then */
			assert_int_equal(look_at(&b, 708, &len), TAIL_TORN);
		}
	buf_release(&b);
}

/* Every bit of a length, in the middle and at the end. */
static void test_tail_length(void **state)
{
	struct buf b = BUF_INIT;
	uint32_t len;

	for (size_t bit = 0; bit < 32; bit++) {
		two(&b, 300, 200);
		b.ptr[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(look_at(&b, 0, &len), TAIL_LENGTH);
		assert_int_equal(len, 300);
		two(&b, 300, 200);
		b.ptr[308 + bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(look_at(&b, 308, &len), TAIL_LENGTH);
		assert_int_equal(len, 200);
	}
	/* with room behind that was never written */
	two(&b, 300, 200);
	b.ptr[311] ^= 64;
	assert_int_equal(buf_grow(&b, 100), 0);
	memset(b.ptr + b.len, 0, 100);
	b.len += 100;
	assert_int_equal(look_at(&b, 308, &len), TAIL_LENGTH);
	assert_int_equal(len, 200);
	buf_release(&b);
}

static void test_tail_damage(void **state)
{
	struct buf b = BUF_INIT;
	uint32_t len;

	for (size_t at = 4; at < 308; at++) {
		two(&b, 300, 200);
		b.ptr[at] ^= 16;
		assert_int_equal(look_at(&b, 0, &len), TAIL_DAMAGED);
	}
	/* the last record is whole, too, and was not torn */
	for (size_t at = 312; at < 516; at++) {
		two(&b, 300, 200);
		b.ptr[at] ^= 16;
		assert_int_equal(look_at(&b, 308, &len), TAIL_DAMAGED);
	}
	/* length and sum, of one with another behind it */
	two(&b, 300, 200);
	memset(b.ptr, 0xee, 8);
	assert_int_equal(look_at(&b, 0, &len), TAIL_DAMAGED);
	/* a record of which nothing is wrong, but that nobody could take */
	two(&b, 300, 200);
	assert_int_equal(look_at(&b, 0, &len), TAIL_DAMAGED);
	buf_release(&b);
}

static void test_tail_nothing_was_written(void **state)
{
	char zeroes[5000] = "";
	struct buf b = BUF_INIT;
	uint32_t len;

	buf_add(&b, zeroes, sizeof(zeroes));
	assert_int_equal(look_at(&b, 0, &len), TAIL_TORN);
	buf_release(&b);
}

/* What cannot be searched in reasonable time is no torn end. */
static void test_tail_hostile(void **state)
{
	struct buf b = BUF_INIT;
	uint32_t len;

	buf_add_u32(&b, 9u << 20);
	buf_add_u32(&b, 1);
	while (b.len < 8u << 20)
		buf_add_u32(&b, 0x00010101);
	assert_int_equal(look_at(&b, 0, &len), TAIL_DAMAGED);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tail_torn_at_every_byte),
		cmocka_unit_test(test_tail_torn_by_sectors),
		cmocka_unit_test(test_tail_length),
		cmocka_unit_test(test_tail_damage),
		cmocka_unit_test(test_tail_nothing_was_written),
		cmocka_unit_test(test_tail_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
