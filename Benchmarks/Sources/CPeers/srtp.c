#include "CPeers.h"

#ifdef HAVE_SRTP
#include <srtp2/srtp.h>
#include <string.h>

// The sessions, one a suite: made once, as a call makes them, and not in the loop that is timed.
static srtp_t session_of(int gcm) {
  static srtp_t sessions[2];
  static int ready = 0;
  if (!ready) {
    if (srtp_init() != srtp_err_status_ok) return NULL;
    ready = 1;
  }
  gcm = gcm != 0;
  if (sessions[gcm] != NULL) return sessions[gcm];
  static unsigned char key[44];
  for (size_t i = 0; i < sizeof key; i++) key[i] = (unsigned char)i;
  srtp_policy_t policy;
  memset(&policy, 0, sizeof policy);
  if (gcm) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
  } else {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
  }
  policy.ssrc.type = ssrc_any_outbound;
  policy.key = key;
  if (srtp_create(&sessions[gcm], &policy) != srtp_err_status_ok) sessions[gcm] = NULL;
  return sessions[gcm];
}

uint64_t peer_srtp_protect(size_t payload, int gcm, uint64_t iterations) {
  static uint16_t sequence[2];
  srtp_t session = session_of(gcm);
  if (session == NULL || payload > 1400) return 0;
  unsigned char packet[1600] = {0};
  uint64_t done = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    uint16_t number = sequence[gcm != 0]++;
    packet[0] = 0x80;
    packet[1] = 0;
    packet[2] = (unsigned char)(number >> 8);
    packet[3] = (unsigned char)number;
    memset(packet + 4, 0, 4);
    memset(packet + 8, 7, 4);
    int length = (int)(12 + payload);
    if (srtp_protect(session, packet, &length) == srtp_err_status_ok) done++;
  }
  return done;
}
#else
uint64_t peer_srtp_protect(size_t payload, int gcm, uint64_t iterations) { return 0; }
#endif
