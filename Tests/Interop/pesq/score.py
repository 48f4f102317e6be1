"""score.py PLAYED HEARD wb|nb: prints PESQ (ITU-T P.862) of the part of HEARD in which PLAYED is heard.

Both are mono 16-bit WAV files of one rate: 16 kHz for wb (P.862.2), 8 kHz for nb. The recording begins before the speech and
goes on behind it, so the place of best correlation is cut out first.
"""
import sys
import wave

import numpy as np
from pesq import pesq


def read(path):
    with wave.open(path, "rb") as file:
        assert file.getnchannels() == 1 and file.getsampwidth() == 2, path
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


rate, played = read(sys.argv[1])
other, heard = read(sys.argv[2])
assert rate == other, "the two files have different rates"
size = 1 << (len(played) + len(heard)).bit_length()
spectrum = np.fft.rfft(heard.astype(float), size) * np.conj(np.fft.rfft(played.astype(float), size))
places = max(1, len(heard) - len(played) + 1)
start = int(np.argmax(np.fft.irfft(spectrum, size)[:places]))
print("%.3f" % pesq(rate, played, heard[start : start + len(played)], sys.argv[3]))
