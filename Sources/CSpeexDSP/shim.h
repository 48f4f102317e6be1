#ifndef SIPSIMPLE_CSPEEXDSP_SHIM_H
#define SIPSIMPLE_CSPEEXDSP_SHIM_H
#include <speex/speex_resampler.h>
#endif
