// libcrypto's primitives as Swift sees them: EVP ciphers (AES-CTR, AES-GCM), the SHA-1 block state, random bytes.
//
// SHA1_* are marked deprecated in OpenSSL 3 in favour of EVP_MD, whose contexts cannot be copied without an allocation;
// SRTP copies a keyed HMAC state for every packet, so it uses the plain SHA_CTX (measured: 286 against 1 000+ ns).
#ifndef SIPSIMPLE_CCRYPTO_SHIM_H
#define SIPSIMPLE_CCRYPTO_SHIM_H
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif
#include <openssl/evp.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#endif
