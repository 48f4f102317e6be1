import Media
import NetworkIO
import SIPParser
import SIPTransaction
import WireSupport

/// Everything that an application can be told before it starts. Every setting has a value that works.
public struct SIPApplicationConfiguration: Sendable {
  /// Who we are.
  public var account: Account
  /// How SIP is spoken.
  public var sip: SIPSettings
  /// How media are sent.
  public var rtp: RTPSettings
  /// How sound is made.
  public var audio: AudioSettings
  /// What User-Agent and Server say.
  public var userAgent: String

  /// A configuration; each part has defaults of its own.
  public init(
    account: Account = .direct(), sip: SIPSettings = .init(), rtp: RTPSettings = .init(),
    audio: AudioSettings = .init(),
    userAgent: String = "SIPSimple/0.1"
  ) {
    self.account = account
    self.sip = sip
    self.rtp = rtp
    self.audio = audio
    self.userAgent = userAgent
  }
}

/// How SIP is spoken.
public struct SIPSettings: Sendable {
  /// What to listen on; the first transport is the one used for a target that names none. Port 0: the system chooses.
  public var listen: [SIPListenAddress]
  /// Who we are and whom we trust on TLS; nil: no TLS.
  public var tls: SIPTLSSettings?
  /// RFC 3261's T1, T2 and T4.
  public var timers: SIPTimers
  /// How long a call that we make may ring before it is given up; nil for ever (the peer and RFC 3261 have their own).
  public var answerTimeout: Duration?
  /// Caps on connections and their time.
  public var limits: SIPTransportLimits

  /// UDP and TCP on every address of the machine and ports that the system chooses, unless told otherwise.
  public init(
    listen: [SIPListenAddress] = [
      SIPListenAddress(.udp, TransportAddress(ip: .any, port: 0)),
      SIPListenAddress(.tcp, TransportAddress(ip: .any, port: 0)),
    ],
    tls: SIPTLSSettings? = nil, timers: SIPTimers = .init(), answerTimeout: Duration? = .seconds(180),
    limits: SIPTransportLimits = .init()
  ) {
    self.listen = listen
    self.tls = tls
    self.timers = timers
    self.answerTimeout = answerTimeout
    self.limits = limits
  }
}

/// Whether the audio of a call is encrypted with keys from the SDP (RFC 4568).
public enum SRTPEncryption: String, Sendable, CaseIterable {
  /// Never: a peer that insists on encryption is refused.
  case disabled
  /// Offered and accepted; plain RTP when the peer does not know it.
  case optional
  /// Always: a peer without it is refused.
  case mandatory
}

/// How media are sent.
public struct RTPSettings: Sendable {
  /// The ports for RTP (even) and RTCP (odd).
  public var portRange: ClosedRange<UInt16>
  /// The codecs by SDP name, most preferred first; nil for all that there are, in the order of `AudioCodecRegistry.standard`.
  public var audioCodecs: [String]?
  /// Milliseconds of audio a packet; nil for the codec's own.
  public var packetMilliseconds: Int?
  /// Whether audio is encrypted.
  public var encryption: SRTPEncryption
  /// How long after a stream's start the first RTP packet may take before `AudioStreamEvent.mediaTimeout`.
  public var startTimeout: Duration
  /// How long a running stream may be silent on the wire before `AudioStreamEvent.mediaTimeout`; not on hold.
  public var timeout: Duration

  /// The defaults: ports 50000 to 50500, optional encryption, 10 s to start and 30 s of silence.
  public init(
    portRange: ClosedRange<UInt16> = 50_000...50_500, audioCodecs: [String]? = nil, packetMilliseconds: Int? = nil,
    encryption: SRTPEncryption = .optional, startTimeout: Duration = .seconds(10), timeout: Duration = .seconds(30)
  ) {
    self.portRange = portRange
    self.audioCodecs = audioCodecs
    self.packetMilliseconds = packetMilliseconds
    self.encryption = encryption
    self.startTimeout = startTimeout
    self.timeout = timeout
  }
}

/// How sound is made.
public struct AudioSettings: Sendable {
  /// The rate of the mixer in Hz, 8000 to 48000: what codecs and files are resampled to.
  public var sampleRate: Int
  /// The microphone and loudspeaker; `NullDevice` for none. Its clock drives the mixer.
  public var device: any AudioDevice

  /// 48 kHz, and no sound card unless told otherwise.
  public init(sampleRate: Int = 48_000, device: any AudioDevice = NullDevice()) {
    self.sampleRate = sampleRate
    self.device = device
  }
}
