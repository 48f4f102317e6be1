/// Who we are to the peers of an application.
///
/// A direct account needs no registrar: peers call it at the application's own address, and it calls them at theirs.
public struct Account: Hashable, Sendable {
  /// The name shown to peers, nil for none.
  public var displayName: String?
  /// The user part of our address: `alice` in `sip:alice@192.0.2.1:5060`.
  public var user: String
  /// The host part of our address; nil for the address that the peer sees.
  public var domain: String?

  /// An account without a registrar.
  public static func direct(user: String = "anonymous", displayName: String? = nil, domain: String? = nil) -> Account {
    Account(displayName: displayName, user: user, domain: domain)
  }
}
