import CALSA

/// A sound device that this machine offers.
public struct AudioDeviceDescription: Hashable, Sendable {
  /// The name to open it with.
  public let name: String
  /// What a person would call it.
  public let title: String
  /// Whether it can capture.
  public let isInput: Bool
  /// Whether it can play.
  public let isOutput: Bool
}

extension ALSADevice {
  /// Names that ALSA lists and that are converters to build others from, not devices.
  private static let converters: Set<String> = [
    "null", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix",
  ]

  /// The devices that ALSA's configuration offers on this machine, the system's default first if there is one.
  ///
  /// They are listed, not tried: opening one may still fail.
  ///
  /// - Throws: `MediaError` `.deviceFailed` when ALSA's configuration cannot be read.
  public static func available() throws(MediaError) -> [AudioDeviceDescription] {
    sipsimple_alsa_set_quiet(1)
    defer { sipsimple_alsa_set_quiet(0) }
    var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    let code = snd_device_name_hint(-1, "pcm", &hints)
    guard code >= 0, let hints else {
      throw MediaError(
        .deviceFailed, "cannot list the sound devices: \(ALSAHandle.text(code))", underlyingCode: code)
    }
    defer { snd_device_name_free_hint(hints) }
    var result: [AudioDeviceDescription] = []
    var index = 0
    while let hint = hints[index] {
      index += 1
      guard let name = text(hint, "NAME"), !converters.contains(name) else { continue }
      let lines = (text(hint, "DESC") ?? name).split(separator: "\n")
      let direction = text(hint, "IOID")
      let description = AudioDeviceDescription(
        name: name, title: lines.joined(separator: ": "), isInput: direction != "Output",
        isOutput: direction != "Input")
      if name == "default" { result.insert(description, at: 0) } else { result.append(description) }
    }
    return result
  }

  private static func text(_ hint: UnsafeMutableRawPointer, _ key: String) -> String? {
    guard let value = snd_device_name_get_hint(hint, key) else { return nil }
    defer { free(value) }
    return String(cString: value)
  }
}
