/// Something that speaks into an ``AudioMixer``, hears it, or both: a call's audio path, a player, a recorder, a device.
///
/// The mixer calls both methods once per tick, on the executor that it is confined to: first `produce(into:)` of every
/// port, then `consume(_:)` of every port. Neither may block, lock or allocate.
public protocol AudioPort: AnyObject {
  /// Writes what the port says in this tick: one frame (20 ms) of mono samples at the mixer's rate.
  ///
  /// - Parameter frame: the mixer's buffer, exactly one frame long, with undefined content.
  /// - Returns: false when the port is silent in this tick; the mixer then ignores `frame`.
  func produce(into frame: inout MutableSpan<Int16>) -> Bool

  /// Takes what the port hears in this tick: the sum of every port connected to it, without its own voice.
  ///
  /// - Parameter frame: exactly one frame long; all zeros when nobody speaks to this port.
  func consume(_ frame: Span<Int16>)
}

extension AudioPort {
  /// A port that only listens is silent.
  public func produce(into frame: inout MutableSpan<Int16>) -> Bool { false }
  /// A port that only speaks hears nothing.
  public func consume(_ frame: Span<Int16>) {}
}
