package dev.toolwright.egress;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A block of addresses: all that share their first `prefix` bits with `network`.
record Cidr(byte[] network, int prefix) {
  private static final Pattern QUAD =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,3}");

  /// A block that we wrote ourselves.
  static Cidr of(String text) {
    return parse(text).orElseThrow(() -> new IllegalArgumentException(text));
  }

  static Cidr of(InetAddress address) {
    var bytes = address.getAddress();
    return new Cidr(bytes, bytes.length * 8);
  }

  /// Reads `10.0.0.0/8`, `fd00::/8` or a single address. Bits behind the prefix must be zero:
  /// `10.0.0.1/8` is more likely a slip than a wish to open ten million addresses.
  static Optional<Cidr> parse(String text) {
    var slash = text.indexOf('/');
    var address = literal(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      return Optional.empty();
    }
    var single = of(address);
    if (slash < 0) {
      return Optional.of(single);
    }
    var prefix = text.substring(slash + 1);
    if (!NUMBER.matcher(prefix).matches() || Integer.parseInt(prefix) > single.prefix) {
      return Optional.empty();
    }
    // An IPv4-mapped block would be counted in 128 bits but compared in 32.
    if (address instanceof Inet4Address && text.indexOf(':') >= 0) {
      return Optional.empty();
    }
    var block = new Cidr(single.network, Integer.parseInt(prefix));
    return block.hasHostBits() ? Optional.empty() : Optional.of(block);
  }

  /// The address that `text` spells, without any look-up: four decimal numbers without leading
  /// zeros, or IPv6 without brackets and zone. An IPv4-mapped address is its IPv4 address.
  static @Nullable InetAddress literal(String text) {
    if (QUAD.matcher(text).matches()) {
      return Inet4Address.ofLiteral(text);
    }
    if (text.indexOf(':') < 0 || text.indexOf('%') >= 0) {
      return null;
    }
    try {
      return Inet6Address.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  boolean contains(byte[] address) {
    if (address.length != network.length) {
      return false;
    }
    var whole = prefix / 8;
    for (var i = 0; i < whole; i++) {
      if (address[i] != network[i]) {
        return false;
      }
    }
    var mask = 0xff00 >> (prefix % 8) & 0xff;
    return mask == 0 || (address[whole] & mask) == (network[whole] & mask);
  }

  /// Whether this is one address and not a range.
  boolean single() {
    return prefix == network.length * 8;
  }

  private boolean hasHostBits() {
    for (var bit = prefix; bit < network.length * 8; bit++) {
      if ((network[bit / 8] >> (7 - bit % 8) & 1) != 0) {
        return true;
      }
    }
    return false;
  }
}
