#include "CPeers.h"

#ifdef HAVE_SOFIA
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_util.h>

uint64_t peer_sofia_parse(const uint8_t *bytes, size_t count, uint64_t iterations) {
  uint64_t parsed = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    msg_t *message = msg_make(sip_default_mclass(), 0, bytes, (ssize_t)count);
    if (message == NULL) continue;
    sip_t *sip = sip_object(message);
    if (sip != NULL && sip->sip_error == NULL && sip->sip_via != NULL) parsed++;
    msg_destroy(message);
  }
  return parsed;
}
#else
uint64_t peer_sofia_parse(const uint8_t *bytes, size_t count, uint64_t iterations) { return 0; }
#endif
