package dev.toolwright.container;

import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The bridges of this machine, on which the containers of an engine hang.
final class Bridges {
  private Bridges() {}

  /// Whether an address belongs to a bridge that this machine has an address on.
  static boolean reach(String literal) {
    try {
      var address = InetAddress.ofLiteral(literal);
      return NetworkInterface.networkInterfaces()
          .filter(one -> Files.isDirectory(Path.of("/sys/class/net", one.getName(), "bridge")))
          .flatMap(one -> one.getInterfaceAddresses().stream())
          .anyMatch(own -> isBeside(own, address));
    } catch (IllegalArgumentException e) {
      return false;
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isBeside(InterfaceAddress own, InetAddress other) {
    var bytes = other.getAddress();
    var free = bytes.length * 8 - own.getNetworkPrefixLength();
    return own.getAddress().getAddress().length == bytes.length
        && new BigInteger(own.getAddress().getAddress())
            .shiftRight(free)
            .equals(new BigInteger(bytes).shiftRight(free));
  }
}
