// Opus controls its coder through one variadic function, which Swift cannot import: each control that Media uses is a
// typed inline here. Every function returns OPUS_OK or one of Opus's negative error numbers.
#ifndef SIPSIMPLE_COPUS_SHIM_H
#define SIPSIMPLE_COPUS_SHIM_H
#include <opus/opus.h>

static inline int sipsimple_opus_set_bitrate(OpusEncoder *encoder, opus_int32 bitsPerSecond) {
  return opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitsPerSecond));
}
static inline int sipsimple_opus_set_variable_bitrate(OpusEncoder *encoder, opus_int32 enabled) {
  return opus_encoder_ctl(encoder, OPUS_SET_VBR(enabled));
}
static inline int sipsimple_opus_set_complexity(OpusEncoder *encoder, opus_int32 complexity) {
  return opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
}
static inline int sipsimple_opus_set_signal(OpusEncoder *encoder, opus_int32 signal) {
  return opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(signal));
}
static inline int sipsimple_opus_set_inband_fec(OpusEncoder *encoder, opus_int32 enabled) {
  return opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(enabled));
}
static inline int sipsimple_opus_set_expected_loss(OpusEncoder *encoder, opus_int32 percent) {
  return opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(percent));
}
static inline int sipsimple_opus_set_dtx(OpusEncoder *encoder, opus_int32 enabled) {
  return opus_encoder_ctl(encoder, OPUS_SET_DTX(enabled));
}
static inline int sipsimple_opus_set_maximum_bandwidth(OpusEncoder *encoder, opus_int32 bandwidth) {
  return opus_encoder_ctl(encoder, OPUS_SET_MAX_BANDWIDTH(bandwidth));
}
static inline int sipsimple_opus_get_lookahead(OpusEncoder *encoder, opus_int32 *samples) {
  return opus_encoder_ctl(encoder, OPUS_GET_LOOKAHEAD(samples));
}
static inline int sipsimple_opus_reset_encoder(OpusEncoder *encoder) {
  return opus_encoder_ctl(encoder, OPUS_RESET_STATE);
}
static inline int sipsimple_opus_reset_decoder(OpusDecoder *decoder) {
  return opus_decoder_ctl(decoder, OPUS_RESET_STATE);
}
#endif
