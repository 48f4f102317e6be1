#ifndef SIPSIMPLE_BENCHMARK_PEERS_H
#define SIPSIMPLE_BENCHMARK_PEERS_H

#include <stddef.h>
#include <stdint.h>

// Each peer does the same work `iterations` times and gives how often it succeeded. A peer that is not installed gives 0.

/// Parses a message, every header typed (sofia-sip: msg_make).
uint64_t peer_sofia_parse(const uint8_t *bytes, size_t count, uint64_t iterations);
/// Parses a message (osip2: osip_message_parse; headers that it does not know stay text).
uint64_t peer_osip_parse(const uint8_t *bytes, size_t count, uint64_t iterations);
/// Protects RTP packets of `payload` bytes: AES_CM_128_HMAC_SHA1_80, or AEAD_AES_128_GCM where `gcm` is not 0.
uint64_t peer_srtp_protect(size_t payload, int gcm, uint64_t iterations);

#endif
