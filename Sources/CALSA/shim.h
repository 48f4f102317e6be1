#ifndef SIPSIMPLE_CALSA_SHIM_H
#define SIPSIMPLE_CALSA_SHIM_H
#include <alsa/asoundlib.h>
#endif
