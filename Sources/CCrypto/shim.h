#ifndef SIPSIMPLE_CCRYPTO_SHIM_H
#define SIPSIMPLE_CCRYPTO_SHIM_H
#include <openssl/evp.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#endif
