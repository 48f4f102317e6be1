@_spi(Fuzzing) import SDP

/// One input: parsed, printed, answered as an offer, and taken as an answer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSDP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  SDPFuzzing.exercise(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
