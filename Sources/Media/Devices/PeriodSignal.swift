import Glibc

/// A counting semaphore: posting it neither locks nor allocates, so a real-time thread may.
final class PeriodSignal: @unchecked Sendable {
  // Safe to share: sem_post and sem_wait are made to be called from several threads, and the semaphore's memory is neither
  // moved nor freed while anyone holds this object.
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    semaphore.initialize(to: sem_t())
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func post() { sem_post(semaphore) }

  func wait() { while sem_wait(semaphore) != 0, errno == EINTR {} }
}
