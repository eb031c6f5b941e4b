package dev.toolwright.egress;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where one hop goes, parsed once; whatever is decided or connected later uses these parts.
///
/// @param host lower case, without brackets and without a final dot
/// @param target path and query as they go on the wire
/// @param literal the address, if the host is one
record Destination(
    boolean tls, String host, int port, String target, @Nullable InetAddress literal) {
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern NAME = Pattern.compile(LABEL + "(\\." + LABEL + ")*");

  /// A host that ends like this is a number to some parser, even where Java sees a name.
  private static final Pattern NUMERIC_END = Pattern.compile("(.*\\.)?(\\d+|0x[0-9a-f]*)");

  /// @throws IllegalArgumentException with a sentence that does not repeat the address
  static Destination of(URI uri) {
    var scheme = uri.getScheme();
    if (scheme == null || !scheme.matches("(?i)https?")) {
      throw new IllegalArgumentException("The address of this request must begin with http(s)://");
    }
    var host = uri.getHost();
    if (host == null || uri.getRawAuthority() == null) {
      throw new IllegalArgumentException("The address of this request has no valid host");
    }
    if (uri.getRawUserInfo() != null || uri.getRawAuthority().indexOf('@') >= 0) {
      throw new IllegalArgumentException(
          "The address of this request must not contain a user or password");
    }
    var tls = scheme.length() == 5;
    var port = uri.getPort() == -1 ? (tls ? 443 : 80) : uri.getPort();
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("The address of this request has no valid port");
    }
    var name = name(host);
    return new Destination(tls, name, port, target(uri), Cidr.literal(name));
  }

  Origin origin() {
    return new Origin(scheme(), host, port);
  }

  boolean sameOrigin(Destination other) {
    return origin().equals(other.origin());
  }

  String scheme() {
    return tls ? "https" : "http";
  }

  @Override
  public String toString() {
    return origin().toString();
  }

  /// The host as rules and look-ups know it.
  ///
  /// @throws IllegalArgumentException with a sentence that does not repeat it
  static String name(String host) {
    if (host.startsWith("[") && host.endsWith("]")) {
      var inner = host.substring(1, host.length() - 1);
      if (Cidr.literal(inner) == null) {
        throw new IllegalArgumentException("The address of this request has no valid host");
      }
      return inner.toLowerCase(Locale.ROOT);
    }
    var name = host.toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    var number = NUMERIC_END.matcher(name).matches() && Cidr.literal(name) == null;
    if (number || name.length() > 253 || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("The address of this request has no valid host");
    }
    return name;
  }

  private static String target(URI uri) {
    // `toASCIIString` percent-encodes what `URI` tolerates beyond ASCII.
    var ascii = URI.create(uri.toASCIIString());
    var path = ascii.getRawPath();
    var query = ascii.getRawQuery();
    return (path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
  }
}
