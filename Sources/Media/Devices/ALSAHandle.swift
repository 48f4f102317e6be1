import CALSA

/// One open ALSA PCM in one direction, running mono 16-bit sound in periods of a given length.
///
/// Confined to one thread after it was opened.
final class ALSAHandle {
  enum Direction {
    case playback, capture
  }

  private let pcm: OpaquePointer
  private let direction: Direction
  /// 2 where the hardware has no mono; the one channel is then doubled, or the left one taken.
  private let channels: Int
  private var stereo: [Int16]
  let name: String

  /// Opens and prepares a PCM.
  ///
  /// - Parameters:
  ///   - name: an ALSA name. Where hardware refuses the rate or format, the same through ALSA's converter is tried.
  ///   - periods: how many periods the hardware buffer holds.
  /// - Throws: `MediaError` `.deviceNotFound`, `.deviceBusy`, `.deviceRejectedFormat` or `.deviceFailed`.
  static func open(
    _ name: String, _ direction: Direction, rate: Int, periodFrames: Int, periods: Int
  ) throws(MediaError) -> ALSAHandle {
    sipsimple_alsa_set_quiet(1)
    defer { sipsimple_alsa_set_quiet(0) }
    do throws(MediaError) {
      return try ALSAHandle(name, direction, rate: rate, periodFrames: periodFrames, periods: periods)
    } catch {
      guard error.code == .deviceRejectedFormat, name.hasPrefix("hw:") else { throw error }
      return try ALSAHandle("plug" + name, direction, rate: rate, periodFrames: periodFrames, periods: periods)
    }
  }

  private init(
    _ name: String, _ direction: Direction, rate: Int, periodFrames: Int, periods: Int
  ) throws(MediaError) {
    self.name = name
    self.direction = direction
    var opened: OpaquePointer?
    let stream = direction == .playback ? SND_PCM_STREAM_PLAYBACK : SND_PCM_STREAM_CAPTURE
    // Opened without blocking, so that a device that another program holds is an error and not a wait.
    let code = snd_pcm_open(&opened, name, stream, Int32(SND_PCM_NONBLOCK))
    guard code >= 0, let opened else { throw Self.openError(name, direction, code) }
    do throws(MediaError) {
      channels = try Self.configure(
        opened, name, direction, rate: rate, periodFrames: periodFrames, periods: periods)
    } catch {
      snd_pcm_close(opened)
      throw error
    }
    pcm = opened
    stereo = [Int16](repeating: 0, count: channels * periodFrames)
  }

  deinit { snd_pcm_close(pcm) }

  private static func configure(
    _ pcm: OpaquePointer, _ name: String, _ direction: Direction, rate: Int, periodFrames: Int, periods: Int
  ) throws(MediaError) -> Int {
    var hardware: OpaquePointer?
    guard snd_pcm_hw_params_malloc(&hardware) >= 0, let hardware else {
      throw MediaError(.resourceUnavailable, "no memory for the device's parameters", subject: name)
    }
    defer { snd_pcm_hw_params_free(hardware) }
    func require(_ code: Int32, _ what: String) throws(MediaError) {
      guard code < 0 else { return }
      throw MediaError(
        .deviceRejectedFormat, "the device cannot \(what): \(text(code))", subject: name, underlyingCode: code)
    }
    try require(snd_pcm_hw_params_any(pcm, hardware), "be configured")
    try require(
      snd_pcm_hw_params_set_access(pcm, hardware, SND_PCM_ACCESS_RW_INTERLEAVED), "transfer interleaved samples")
    try require(snd_pcm_hw_params_set_format(pcm, hardware, SND_PCM_FORMAT_S16_LE), "use 16-bit samples")
    var channels = 1
    if snd_pcm_hw_params_set_channels(pcm, hardware, 1) < 0 {
      channels = 2
      try require(snd_pcm_hw_params_set_channels(pcm, hardware, 2), "use one or two channels")
    }
    snd_pcm_hw_params_set_rate_resample(pcm, hardware, 1)
    try require(snd_pcm_hw_params_set_rate(pcm, hardware, UInt32(rate), 0), "run at \(rate) Hz")
    var period = snd_pcm_uframes_t(periodFrames)
    var subunit: Int32 = 0
    try require(
      snd_pcm_hw_params_set_period_size_near(pcm, hardware, &period, &subunit),
      "use periods of \(periodFrames) samples")
    var buffer = snd_pcm_uframes_t(periodFrames * periods)
    try require(
      snd_pcm_hw_params_set_buffer_size_near(pcm, hardware, &buffer),
      "use a buffer of \(periodFrames * periods) samples")
    guard buffer >= snd_pcm_uframes_t(periodFrames) else {
      throw MediaError(
        .deviceRejectedFormat, "the device's buffer of \(buffer) samples is shorter than 20 ms", subject: name)
    }
    try require(snd_pcm_hw_params(pcm, hardware), "be configured")

    var software: OpaquePointer?
    guard snd_pcm_sw_params_malloc(&software) >= 0, let software else {
      throw MediaError(.resourceUnavailable, "no memory for the device's parameters", subject: name)
    }
    defer { snd_pcm_sw_params_free(software) }
    try require(snd_pcm_sw_params_current(pcm, software), "be configured")
    // Playback starts when the buffer is nearly full; capture is started by hand.
    let threshold = direction == .playback ? max(1, buffer - snd_pcm_uframes_t(periodFrames)) : 1
    try require(snd_pcm_sw_params_set_start_threshold(pcm, software, threshold), "start")
    try require(
      snd_pcm_sw_params_set_avail_min(pcm, software, min(buffer, snd_pcm_uframes_t(periodFrames))), "wake its user")
    try require(snd_pcm_sw_params(pcm, software), "be configured")
    try require(snd_pcm_prepare(pcm), "be prepared")
    if direction == .capture { try require(snd_pcm_start(pcm), "start to capture") }
    return channels
  }

  /// Waits up to `milliseconds` for a period's worth of room or samples.
  ///
  /// - Returns: false when the time passed.
  func wait(milliseconds: Int32) throws(MediaError) -> Bool {
    let code = snd_pcm_wait(pcm, milliseconds)
    // An xrun is reported by the transfer, which recovers from it.
    if code >= 0 || code == -EPIPE || code == -ESTRPIPE { return code != 0 }
    throw failure(code)
  }

  /// Plays mono samples.
  ///
  /// - Returns: how many the device took; 0 when it has no room.
  func write(_ samples: UnsafeBufferPointer<Int16>, onRecovery: () -> Void) throws(MediaError) -> Int {
    guard let base = samples.baseAddress, !samples.isEmpty else { return 0 }
    let count = min(samples.count, stereo.count / channels)
    let written: snd_pcm_sframes_t
    if channels == 1 {
      written = snd_pcm_writei(pcm, base, snd_pcm_uframes_t(count))
    } else {
      for index in 0..<count {
        stereo[2 * index] = base[index]
        stereo[2 * index + 1] = base[index]
      }
      written = snd_pcm_writei(pcm, stereo, snd_pcm_uframes_t(count))
    }
    return try transferred(written, onRecovery)
  }

  /// Captures mono samples.
  ///
  /// - Returns: how many there were; 0 when none are ready.
  func read(into samples: UnsafeMutableBufferPointer<Int16>, onRecovery: () -> Void) throws(MediaError) -> Int {
    guard let base = samples.baseAddress, !samples.isEmpty else { return 0 }
    let count = min(samples.count, stereo.count / channels)
    if channels == 1 {
      return try transferred(snd_pcm_readi(pcm, base, snd_pcm_uframes_t(count)), onRecovery)
    }
    let read = try transferred(snd_pcm_readi(pcm, &stereo, snd_pcm_uframes_t(count)), onRecovery)
    for index in 0..<read { base[index] = stereo[2 * index] }
    return read
  }

  private func transferred(_ count: snd_pcm_sframes_t, _ onRecovery: () -> Void) throws(MediaError) -> Int {
    if count >= 0 { return Int(count) }
    let code = Int32(truncatingIfNeeded: count)
    if code == -EAGAIN { return 0 }
    guard snd_pcm_recover(pcm, code, 1) >= 0 else { throw failure(code) }
    if direction == .capture { snd_pcm_start(pcm) }
    onRecovery()
    return 0
  }

  private func failure(_ code: Int32) -> MediaError {
    MediaError(.deviceFailed, "the device failed: \(Self.text(code))", subject: name, underlyingCode: code)
  }

  private static func openError(_ name: String, _ direction: Direction, _ code: Int32) -> MediaError {
    let use = direction == .playback ? "playback" : "capture"
    switch code {
    case -EBUSY:
      return MediaError(
        .deviceBusy, "another program uses the device for \(use)", subject: name, underlyingCode: code)
    case -ENOENT, -ENODEV, -ENXIO, -EINVAL:
      return MediaError(
        .deviceNotFound, "there is no such sound device for \(use)", subject: name, underlyingCode: code)
    default:
      return MediaError(
        .deviceFailed, "cannot open the device for \(use): \(text(code))", subject: name, underlyingCode: code)
    }
  }

  /// ALSA's words for an error number.
  static func text(_ code: Int32) -> String {
    snd_strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }
}
