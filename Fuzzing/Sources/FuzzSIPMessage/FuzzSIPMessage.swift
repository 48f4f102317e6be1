import SIPParser

/// One input: as a datagram, as a stream, as a URI, and every header of it as its typed value.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSIPMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  SIPFuzzing.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
