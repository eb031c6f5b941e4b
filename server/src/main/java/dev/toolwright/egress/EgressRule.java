package dev.toolwright.egress;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// One entry of an allow or deny list.
///
/// @param scheme [#ANY_SCHEME] for any
/// @param port [#ANY_PORT] for any
record EgressRule(String scheme, Where where, int port) {
  static final String ANY_SCHEME = "";
  static final int ANY_PORT = 0;

  private static final Set<String> SCHEMES = Set.of("http", "https", Origin.TCP);
  private static final Pattern NAME =
      Pattern.compile(
          "(\\*\\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern PORT = Pattern.compile("[1-9]\\d{0,4}");

  /// Which hosts or addresses.
  sealed interface Where {
    /// Every host.
    record Anywhere() implements Where {}

    /// `host`, or with `below` every name under it (but not itself).
    record Name(String host, boolean below) implements Where {
      boolean matches(String name) {
        return below ? name.endsWith("." + host) : name.equals(host);
      }
    }

    /// Every address of `block`, whatever name leads there.
    record Block(Cidr block) implements Where {}

    /// An address that is itself given as the host.
    record Literal(Cidr address) implements Where {
      boolean matches(String host) {
        var literal = Cidr.literal(host);
        return literal != null && address.contains(literal.getAddress());
      }
    }
  }

  /// Whether the rule is about this origin or one of these forms of its address.
  boolean matches(Origin to, List<byte[]> forms) {
    return concerns(to)
        && switch (where) {
          case Where.Anywhere _ -> true;
          case Where.Name name -> name.matches(to.host());
          case Where.Literal literal -> literal.matches(to.host());
          case Where.Block(var block) -> forms.stream().anyMatch(block::contains);
        };
  }

  /// Whether the rule may be about this origin: only the addresses of a name tell more.
  boolean mayMatch(Origin to) {
    return concerns(to)
        && switch (where) {
          case Where.Anywhere _ -> true;
          case Where.Name name -> name.matches(to.host());
          case Where.Literal literal -> literal.matches(to.host());
          case Where.Block(var block) -> {
            var literal = Cidr.literal(to.host());
            yield literal == null
                || AddressSpace.forms(literal.getAddress()).stream().anyMatch(block::contains);
          }
        };
  }

  private boolean concerns(Origin to) {
    return (scheme.equals(ANY_SCHEME) || scheme.equals(to.scheme()))
        && (port == ANY_PORT || port == to.port());
  }

  /// Whether the rule names this very address and no other.
  boolean isVery(Origin to, byte[] form) {
    return where instanceof Where.Block(var block) && block.single() && matches(to, List.of(form));
  }

  /// Whether the rule names no host at all.
  boolean isAnywhere() {
    return where instanceof Where.Anywhere;
  }

  /// Reads `host`, `*.host`, `*`, an address or a CIDR block, each also with `:port` behind it and
  /// `http://`, `https://` or `tcp://` before it; IPv6 with a port goes in brackets.
  static Optional<EgressRule> parse(String entry) {
    var text = entry.toLowerCase(Locale.ROOT);
    var colon = text.indexOf("://");
    if (colon < 0) {
      return unschemed(ANY_SCHEME, text);
    }
    var scheme = text.substring(0, colon);
    return SCHEMES.contains(scheme)
        ? unschemed(scheme, text.substring(colon + 3))
        : Optional.empty();
  }

  private static Optional<EgressRule> unschemed(String scheme, String text) {
    if (text.startsWith("[")) {
      return bracketed(scheme, text);
    }
    var colon = text.indexOf(':');
    if (colon != text.lastIndexOf(':')) {
      return Cidr.parse(text)
          .map(block -> new EgressRule(scheme, new Where.Block(block), ANY_PORT));
    }
    if (colon < 0) {
      return rule(scheme, text, ANY_PORT);
    }
    var port = port(text.substring(colon + 1));
    return port < 0 ? Optional.empty() : rule(scheme, text.substring(0, colon), port);
  }

  private static Optional<EgressRule> bracketed(String scheme, String text) {
    var end = text.indexOf(']');
    if (end < 0) {
      return Optional.empty();
    }
    var rest = text.substring(end + 1);
    var port = rest.isEmpty() ? ANY_PORT : rest.startsWith(":") ? port(rest.substring(1)) : -1;
    return port < 0
        ? Optional.empty()
        : Cidr.parse(text.substring(1, end))
            .map(block -> new EgressRule(scheme, new Where.Block(block), port));
  }

  private static Optional<EgressRule> rule(String scheme, String text, int port) {
    if (text.equals("*")) {
      return Optional.of(new EgressRule(scheme, new Where.Anywhere(), port));
    }
    var block = Cidr.parse(text);
    if (block.isPresent()) {
      return Optional.of(new EgressRule(scheme, new Where.Block(block.get()), port));
    }
    if (text.length() > 253 || !NAME.matcher(text).matches()) {
      return Optional.empty();
    }
    var below = text.startsWith("*.");
    var host = below ? text.substring(2) : text;
    return Optional.of(new EgressRule(scheme, new Where.Name(host, below), port));
  }

  private static int port(String text) {
    var port = PORT.matcher(text).matches() ? Integer.parseInt(text) : -1;
    return port <= 65_535 ? port : -1;
  }
}
