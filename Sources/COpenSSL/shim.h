#pragma once
// The probe uses AES_* and CRYPTO_gcm128_*, SSH keys need BF_*: deprecated since 3.0 in favour of EVP.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/modes.h>
#include <openssl/rand.h>
#include <openssl/blowfish.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

// AES by the processor's own instructions. `AES_encrypt` does without them, and `EVP`, which has them, costs the probe
// 4 MB. OpenSSL's assembler functions are in libcrypto.a, which the probe is linked with, and in no header; the shared
// library hides them, so nothing but the probe may name them. The types are those of block128_f and ctr128_f.
// (OpenSSL 3.0: crypto/aes/asm/aesni-x86_64.pl, aesv8-armx.pl, include/crypto/aes_platform.h.)
#if defined(__x86_64__)
extern int aesni_set_encrypt_key(const unsigned char *key, int bits, AES_KEY *schedule);
extern void aesni_encrypt(const unsigned char in[16], unsigned char out[16], const void *schedule);
extern void aesni_ctr32_encrypt_blocks(
    const unsigned char *in, unsigned char *out, size_t blocks, const void *schedule, const unsigned char counter[16]);

/// What OpenSSL found before `main`, and what its environment variable took away (`man 3 OPENSSL_ia32cap`).
extern unsigned int OPENSSL_ia32cap_P[4];

static inline int openssl_has_aes_instructions(void) {
    return OPENSSL_ia32cap_P[1] >> (57 - 32) & 1;
}
#elif defined(__aarch64__)
extern int aes_v8_set_encrypt_key(const unsigned char *key, int bits, AES_KEY *schedule);
extern void aes_v8_encrypt(const unsigned char in[16], unsigned char out[16], const void *schedule);
extern void aes_v8_ctr32_encrypt_blocks(
    const unsigned char *in, unsigned char *out, size_t blocks, const void *schedule, const unsigned char counter[16]);

/// What OpenSSL found before `main` (crypto/arm_arch.h: ARMV8_AES is bit 2).
extern unsigned int OPENSSL_armcap_P;

static inline int openssl_has_aes_instructions(void) {
    return OPENSSL_armcap_P >> 2 & 1;
}
#endif
