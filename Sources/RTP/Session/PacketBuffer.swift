/// The bytes of one packet at a fixed place, so that a session can hand out a `Span` of them without copying.
///
/// The memory is allocated once and freed with the object, never moved or resized: a span taken earlier stays valid
/// memory while the object lives, even when its content has been overwritten since.
final class PacketBuffer {
  // Owned by this object: allocated and zeroed in `init`, freed in `deinit`.
  private let storage: UnsafeMutableBufferPointer<UInt8>

  init(capacity: Int) {
    storage = .allocate(capacity: max(1, capacity))
    storage.initialize(repeating: 0)
  }

  deinit { storage.deallocate() }

  var capacity: Int { storage.count }

  /// All the bytes.
  var bytes: Span<UInt8> {
    @_lifetime(borrow self) get {
      // Safe: `storage` is initialised and lives as long as `self`, on which the result depends.
      _overrideLifetime(Span(_unsafeElements: UnsafeBufferPointer(storage)), borrowing: self)
    }
  }

  /// All the bytes, to write: one view at a time, within one method of the owner, which is confined to one executor.
  var mutableBytes: MutableSpan<UInt8> {
    @_lifetime(borrow self) get {
      // Safe: as above; see the type's comment for what overwriting means to spans handed out before.
      _overrideLifetime(MutableSpan(_unsafeElements: storage), borrowing: self)
    }
  }
}
