package dev.toolwright.egress;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// Turns a name into its addresses. Asked once for each hop of a request, never for a literal
/// address; may block, since it is called on a thread of its own.
@FunctionalInterface
public interface Resolver {
  /// Every address of `host`, at least one.
  ///
  /// @throws UnknownHostException when there is none
  InetAddress[] resolve(String host) throws UnknownHostException;

  /// What the operating system answers.
  static Resolver system() {
    return InetAddress::getAllByName;
  }
}
