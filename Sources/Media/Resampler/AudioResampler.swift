import CSpeexDSP

/// Turns a stream of mono 16-bit samples at one rate into the same sound at another, with speexdsp's band-limited
/// interpolation.
///
/// Everything is allocated in `init`; `process` allocates nothing. Where both rates are multiples of 50 Hz, 20 ms of input
/// give exactly 20 ms of output, every time. With equal rates samples pass unchanged and without delay.
///
/// A resampler is one stream's state and is confined to whoever owns it (it is not `Sendable`).
public final class AudioResampler {
  /// How long the interpolation filter is: better filters cost more and delay more.
  public struct Quality: RawRepresentable, Hashable, Sendable {
    /// 0 (shortest filter) to 10 (longest), speexdsp's own scale.
    public let rawValue: Int
    /// A quality on speexdsp's scale; values outside 0...10 are refused by ``AudioResampler/init(from:to:quality:)``.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// For speech where every microsecond counts.
    public static let low = Quality(rawValue: 3)
    /// For speech and music that people listen to: images and aliases lie more than 70 dB below the sound.
    public static let standard = Quality(rawValue: 5)
    /// For measurement and for files.
    public static let best = Quality(rawValue: 10)
  }

  /// The rates that a resampler accepts, in Hz.
  public static let rates = 4_000...192_000

  /// The input's rate in Hz.
  public let inputRate: Int
  /// The output's rate in Hz.
  public let outputRate: Int

  /// speexdsp's state; nil when the rates are equal.
  private let state: OpaquePointer?

  /// A resampler with an empty history.
  ///
  /// - Parameters:
  ///   - inputRate: the input's rate in Hz, 4000 to 192000.
  ///   - outputRate: the output's rate in Hz, 4000 to 192000.
  ///   - quality: the length of the filter.
  /// - Throws: `MediaError` with code `.invalidArgument` for a rate or quality out of range, `.resourceUnavailable` when
  ///   there is no memory for the filter.
  public init(from inputRate: Int, to outputRate: Int, quality: Quality = .standard) throws(MediaError) {
    guard Self.rates.contains(inputRate), Self.rates.contains(outputRate) else {
      throw MediaError(
        .invalidArgument,
        "cannot resample from \(inputRate) Hz to \(outputRate) Hz, expected rates of \(Self.rates.lowerBound) to "
          + "\(Self.rates.upperBound) Hz")
    }
    guard 0...10 ~= quality.rawValue else {
      throw MediaError(.invalidArgument, "resampler quality \(quality.rawValue) is not in 0 to 10")
    }
    self.inputRate = inputRate
    self.outputRate = outputRate
    if inputRate == outputRate {
      state = nil
    } else {
      var code: Int32 = 0
      guard
        let made = speex_resampler_init(1, UInt32(inputRate), UInt32(outputRate), Int32(quality.rawValue), &code)
      else {
        throw MediaError(
          .resourceUnavailable, "no resampler from \(inputRate) Hz to \(outputRate) Hz", underlyingCode: code)
      }
      state = made
    }
  }

  deinit { if let state { speex_resampler_destroy(state) } }

  /// How much later a sound leaves than it entered, in samples of the input.
  public var inputLatency: Int { state.map { Int(speex_resampler_get_input_latency($0)) } ?? 0 }

  /// How much later a sound leaves than it entered, in samples of the output.
  public var latency: Int { state.map { Int(speex_resampler_get_output_latency($0)) } ?? 0 }

  /// The most samples that `count` samples of input can give.
  public func maximumOutputCount(forInput count: Int) -> Int {
    if inputRate == outputRate { return count }
    // One more than the ratio says: a fraction of a sample can be left over from the call before.
    return (max(0, count) * outputRate + inputRate - 1) / inputRate + 1
  }

  /// Resamples all of `input`.
  ///
  /// - Parameters:
  ///   - input: any number of samples at `inputRate`.
  ///   - output: room for the result. What has no room is lost, so give it `maximumOutputCount(forInput:)` samples, or one
  ///     frame where both rates are multiples of 50 Hz and `input` is one frame.
  /// - Returns: how many samples of `output` were written.
  public func process(_ input: Span<Int16>, into output: inout MutableSpan<Int16>) -> Int {
    convert(input, into: &output).produced
  }

  /// Resamples as much of `input` as fits into `output`; for callers that are led by the output, as a player is.
  ///
  /// - Returns: how many samples of `input` were used, and how many of `output` were written.
  public func convert(
    _ input: Span<Int16>, into output: inout MutableSpan<Int16>
  ) -> (consumed: Int, produced: Int) {
    guard let state else {
      let count = min(input.count, output.count)
      for index in 0..<count { output[index] = input[index] }
      return (count, count)
    }
    guard !input.isEmpty, !output.isEmpty else { return (0, 0) }
    return input.withUnsafeBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        var consumed = UInt32(clamping: source.count)
        var produced = UInt32(clamping: target.count)
        _ = speex_resampler_process_int(state, 0, source.baseAddress, &consumed, target.baseAddress, &produced)
        return (Int(consumed), Int(produced))
      }
    }
  }

  /// Forgets the history, as if nothing had been processed.
  public func reset() {
    if let state { speex_resampler_reset_mem(state) }
  }
}
