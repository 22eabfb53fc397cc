/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_PEM_H
#define SCAN_PEM_H

#include <stddef.h>

/*
 * 1 where s is a PEM block of a private key: its bytes are those of a PKCS #1,
 * PKCS #8, SEC 1 or OpenSSH key, or it is encrypted (then it only has to be
 * long enough). The block may stand in a string of a program or of JSON, with
 * \n for its line ends, quotes and plus signs between.
 */
int pem_is_private_key(const char *s, size_t len);

/* 1 for a DER sequence of a private key (not of a certificate or public key). */
int der_is_private_key(const unsigned char *p, size_t len);

#endif
