#include "CPeers.h"

#ifdef HAVE_OSIP
#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>

uint64_t peer_osip_parse(const uint8_t *bytes, size_t count, uint64_t iterations) {
  static int ready = 0;
  if (!ready) {
    parser_init();
    ready = 1;
  }
  uint64_t parsed = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    osip_message_t *message = NULL;
    if (osip_message_init(&message) != 0) continue;
    if (osip_message_parse(message, (const char *)bytes, count) == 0) parsed++;
    osip_message_free(message);
  }
  return parsed;
}
#else
uint64_t peer_osip_parse(const uint8_t *bytes, size_t count, uint64_t iterations) { return 0; }
#endif
