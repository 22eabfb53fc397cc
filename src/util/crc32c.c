/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/crc32c.h"

#include <string.h>

/* The reflected polynomial, by half a byte: small, and the log's records are. */
static const uint32_t half[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
	0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t by_table(const uint8_t *p, size_t len, uint32_t crc)
{
	while (len--) {
		crc ^= *p++;
		crc = crc >> 4 ^ half[crc & 15];
		crc = crc >> 4 ^ half[crc & 15];
	}
	return crc;
}

#ifdef __x86_64__
/* The processor has an instruction for this very polynomial. */
__attribute__((target("sse4.2")))
static uint32_t by_processor(const uint8_t *p, size_t len, uint32_t crc)
{
	uint64_t wide = crc, v;

	for (; len >= sizeof(v); len -= sizeof(v), p += sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		wide = __builtin_ia32_crc32di(wide, v);
	}
	crc = (uint32_t)wide;
	while (len--)
		crc = __builtin_ia32_crc32qi(crc, *p++);
	return crc;
}

static int has_instruction(void)
{
	return __builtin_cpu_supports("sse4.2");
}
#else
#define by_processor by_table

static int has_instruction(void)
{
	return 0;
}
#endif

uint32_t crc32c_add(uint32_t sum, const void *data, size_t len)
{
	return ~(has_instruction() ? by_processor(data, len, ~sum) :
				     by_table(data, len, ~sum));
}

uint32_t crc32c(const void *data, size_t len)
{
	return crc32c_add(0, data, len);
}

uint32_t crc32c_by_table(const void *data, size_t len)
{
	return ~by_table(data, len, ~0u);
}
