import Media
import NetworkIO

/// A call's ports at the application's mixer, and what is connected to what.
final class AudioWiring {
  let call: AudioCall
  private let audio: Confined<AudioEngine>
  private let port: AudioPortID
  private var players: [AudioPortID] = []
  private var recorder: (recorder: WaveRecorder, ports: [AudioPortID], content: AudioStream.RecordingContent)?

  init(call: AudioCall, audio: Confined<AudioEngine>) throws(MediaError) {
    self.call = call
    self.audio = audio
    port = try audio.value.mixer.add(call)
  }

  private var mixer: AudioMixer { audio.value.mixer }
  private var device: AudioPortID { audio.value.devicePort }

  /// Connects the call with the device, or takes it off while it is on hold.
  func setActive(_ active: Bool) {
    if active {
      _ = mixer.connect(device, to: port)
      _ = mixer.connect(port, to: device)
    } else {
      _ = mixer.disconnect(device, from: port)
      _ = mixer.disconnect(port, from: device)
    }
  }

  /// Plays a file to the peer; `started` and `finished` are called inside the ticks that play its first and last sample.
  func startPlayer(
    _ path: String, loops: Int, started: @escaping () -> Void, finished: @escaping () -> Void
  ) throws(MediaError) -> AudioPortID {
    let player = try WavePlayer(path: path, mixerRate: mixer.sampleRate, loopCount: loops)
    player.onStarted = started
    player.onFinished = finished
    let id = try mixer.add(player)
    _ = mixer.connect(id, to: port)
    if let recorder { connectSent(id, recorder.ports, recorder.content) }
    players.append(id)
    return id
  }

  func stopPlayer(_ id: AudioPortID) {
    guard let index = players.firstIndex(of: id) else { return }
    players.remove(at: index)
    _ = mixer.remove(id)
  }

  func startRecorder(_ path: String, content: AudioStream.RecordingContent) throws(MediaError) {
    let made = try WaveRecorder(
      path: path, mixerRate: mixer.sampleRate, layout: content == .stereo ? .stereo : .mono)
    var ids: [AudioPortID] = []
    for channel in made.ports { ids.append(try mixer.add(channel)) }
    recorder = (made, ids, content)
    // The last port hears the peer: the only one of a mono file, the right one of a stereo file.
    if content != .sent, let last = ids.last { _ = mixer.connect(port, to: last) }
    for speaker in [device] + players { connectSent(speaker, ids, content) }
  }

  private func connectSent(_ speaker: AudioPortID, _ ids: [AudioPortID], _ content: AudioStream.RecordingContent) {
    if content != .received, let first = ids.first { _ = mixer.connect(speaker, to: first) }
  }

  func stopRecorder() {
    guard let recorder else { return }
    self.recorder = nil
    for id in recorder.ports { _ = mixer.remove(id) }
    // A write that failed has ended the recording earlier; what was written is a valid file.
    try? recorder.recorder.finish()
  }

  func disconnect() {
    stopRecorder()
    for player in players { _ = mixer.remove(player) }
    players = []
    _ = mixer.remove(port)
  }
}
