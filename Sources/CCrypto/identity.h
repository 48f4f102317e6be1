#ifndef SIPSIMPLE_CCRYPTO_IDENTITY_H
#define SIPSIMPLE_CCRYPTO_IDENTITY_H
// X.509 for NetworkIO: make a throw-away identity, verify a peer's chain, read its names. Only what Swift cannot call
// itself (variadic functions, macros, the typed stacks) is wrapped here.
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdint.h>

// A new P-256 key pair, NULL on failure.
static inline EVP_PKEY *sipsimple_p256_generate(void) { return EVP_EC_gen("P-256"); }

// Appends a subjectAltName of type GEN_DNS, GEN_URI (text) or GEN_IPADD (4 or 16 bytes). 1 on success.
static inline int sipsimple_names_append(GENERAL_NAMES *names, int type, const uint8_t *bytes, size_t count) {
  GENERAL_NAME *name = GENERAL_NAME_new();
  ASN1_STRING *text = ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
  if (!name || !text || count > 4096 || !ASN1_STRING_set(text, bytes, (int)count)) {
    GENERAL_NAME_free(name);
    ASN1_STRING_free(text);
    return 0;
  }
  GENERAL_NAME_set0_value(name, type, text);
  if (!sk_GENERAL_NAME_push(names, name)) {
    GENERAL_NAME_free(name);
    return 0;
  }
  return 1;
}

static inline int sipsimple_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

// The type of name `index`, its bytes in *bytes and *count (borrowed from `names`; none unless DNS, URI or IP address).
static inline int sipsimple_names_at(const GENERAL_NAMES *names, int index, const uint8_t **bytes, size_t *count) {
  int type = -1;
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  const ASN1_STRING *text = name ? (const ASN1_STRING *)GENERAL_NAME_get0_value(name, &type) : NULL;
  *bytes = NULL;
  *count = 0;
  if (text && (type == GEN_DNS || type == GEN_URI || type == GEN_IPADD)) {
    *bytes = ASN1_STRING_get0_data(text);
    *count = (size_t)ASN1_STRING_length(text);
  }
  return type;
}

// Adds an extension written as in openssl's configuration files; `value` must be a constant of ours. 1 on success.
static inline int sipsimple_certificate_add_extension(X509 *certificate, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
  X509V3_set_ctx_nodb(&context);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  int done = extension && X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  return done;
}

// Verifies `chain[0]` as a TLS server's certificate, with the others as intermediates, against the roots in `store`.
// X509_V_OK, or the X509_V_ERR_… that says why not, and at which depth.
static inline int sipsimple_chain_verify(X509_STORE *store, X509 *const *chain, int count, int *depth) {
  int result = X509_V_ERR_UNSPECIFIED;
  *depth = 0;
  if (count < 1) return result;
  STACK_OF(X509) *others = sk_X509_new_null();
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  int ready = others && context;
  for (int i = 1; ready && i < count; i++) ready = sk_X509_push(others, chain[i]) > 0;
  if (ready && X509_STORE_CTX_init(context, store, chain[0], others)) {
    // A trusted certificate ends the chain even if it is not self-signed, as the user who named it means.
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
    int verified = X509_verify_cert(context);
    result = X509_STORE_CTX_get_error(context);
    if (verified != 1 && result == X509_V_OK) result = X509_V_ERR_UNSPECIFIED;
    *depth = X509_STORE_CTX_get_error_depth(context);
  }
  X509_STORE_CTX_free(context);
  sk_X509_free(others);
  return result;
}

// The bytes written to a memory BIO, borrowed.
static inline size_t sipsimple_bio_bytes(BIO *bio, const uint8_t **bytes) {
  char *data = NULL;
  long count = BIO_get_mem_data(bio, &data);
  *bytes = (const uint8_t *)data;
  return count > 0 ? (size_t)count : 0;
}
#endif
