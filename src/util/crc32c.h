/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_CRC32C_H
#define UTIL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli), as RFC 3720 appendix B.4 has it, of len bytes. */
uint32_t crc32c(const void *data, size_t len);
/* Of more bytes, where sum is that of what is before them; 0: nothing is. */
uint32_t crc32c_add(uint32_t sum, const void *data, size_t len);
/* crc32c without the processor's instruction for it. */
uint32_t crc32c_by_table(const void *data, size_t len);

#endif
