// The umbrella: an application imports SIPSimple and can name what its settings and events are made of.
@_exported import Media
@_exported import NetworkIO
@_exported import RTP
@_exported import SDP
@_exported import SIPParser
@_exported import SIPTransaction
@_exported import SIPUserAgent
@_exported import WireSupport
