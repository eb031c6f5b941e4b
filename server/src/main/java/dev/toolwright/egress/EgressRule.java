package dev.toolwright.egress;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// One entry of an allow or deny list.
sealed interface EgressRule {
  int ANY_PORT = 0;

  Pattern NAME =
      Pattern.compile(
          "(\\*\\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?");
  Pattern PORT = Pattern.compile("[1-9]\\d{0,4}");

  /// `host`, or with `below` every name under it (but not itself).
  record Name(String host, boolean below, int port) implements EgressRule {
    boolean matches(String name, int requested) {
      return (port == ANY_PORT || port == requested)
          && (below ? name.endsWith("." + host) : name.equals(host));
    }
  }

  /// Every address of `block`.
  record Block(Cidr block, int port) implements EgressRule {
    boolean matches(byte[] address, int requested) {
      return (port == ANY_PORT || port == requested) && block.contains(address);
    }
  }

  /// Whether the rule is about this name or one of these forms of its address.
  default boolean matches(String name, int port, List<byte[]> forms) {
    return switch (this) {
      case Name rule -> rule.matches(name, port);
      case Block rule -> forms.stream().anyMatch(form -> rule.matches(form, port));
    };
  }

  /// Reads `host`, `*.host`, an address or a CIDR block, each also with `:port`; IPv6 with a port
  /// goes in brackets.
  static Optional<EgressRule> parse(String entry) {
    var text = entry.toLowerCase(Locale.ROOT);
    if (text.startsWith("[")) {
      return bracketed(text);
    }
    var colon = text.indexOf(':');
    if (colon != text.lastIndexOf(':')) {
      return Cidr.parse(text).map(block -> new Block(block, ANY_PORT));
    }
    if (colon < 0) {
      return rule(text, ANY_PORT);
    }
    var port = port(text.substring(colon + 1));
    return port < 0 ? Optional.empty() : rule(text.substring(0, colon), port);
  }

  private static Optional<EgressRule> bracketed(String text) {
    var end = text.indexOf(']');
    if (end < 0) {
      return Optional.empty();
    }
    var rest = text.substring(end + 1);
    var port = rest.isEmpty() ? ANY_PORT : rest.startsWith(":") ? port(rest.substring(1)) : -1;
    return port < 0
        ? Optional.empty()
        : Cidr.parse(text.substring(1, end)).map(block -> new Block(block, port));
  }

  private static Optional<EgressRule> rule(String text, int port) {
    var block = Cidr.parse(text);
    if (block.isPresent()) {
      return Optional.of(new Block(block.get(), port));
    }
    if (text.length() > 253 || !NAME.matcher(text).matches()) {
      return Optional.empty();
    }
    var below = text.startsWith("*.");
    return Optional.of(new Name(below ? text.substring(2) : text, below, port));
  }

  private static int port(String text) {
    var port = PORT.matcher(text).matches() ? Integer.parseInt(text) : -1;
    return port <= 65_535 ? port : -1;
  }
}
