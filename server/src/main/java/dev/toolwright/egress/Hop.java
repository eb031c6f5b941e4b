package dev.toolwright.egress;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One request on the wire: the first as the caller gave it, further ones made from redirects.
record Hop(
    String method,
    URI uri,
    Destination destination,
    Map<String, String> headers,
    byte @Nullable [] body) {
  private static final Duration MAX_TIMEOUT = Duration.ofDays(1);
  private static final Pattern METHOD = Pattern.compile("[A-Z]{1,20}");
  static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

  /// Horizontal tab and printable ASCII. Other characters would be changed on their way.
  static final Pattern VALUE = Pattern.compile("[\\t\\x20-\\x7e]*");

  /// They decide where the request goes or where it ends, which is not the caller's to say.
  private static final Set<String> REFUSED =
      Set.of(
          "host",
          "content-length",
          "transfer-encoding",
          "connection",
          "keep-alive",
          "upgrade",
          "te",
          "trailer",
          "expect",
          "http2-settings");

  /// What another origin may see of the caller's headers. A list of what may go, not of what must
  /// not: nobody can list the names under which credentials travel.
  private static final Set<String> HARMLESS =
      Set.of("accept", "accept-language", "content-type", "user-agent");

  /// @throws IllegalArgumentException with a sentence that repeats no value
  static Hop first(EgressRequest request) {
    var method = request.method();
    if (!METHOD.matcher(method).matches() || Set.of("CONNECT", "TRACE").contains(method)) {
      throw new IllegalArgumentException("The method of this request is not allowed");
    }
    var timeout = request.timeout();
    if (!timeout.isPositive() || timeout.compareTo(MAX_TIMEOUT) > 0) {
      throw new IllegalArgumentException(
          "The timeout of a request must be positive, at most a day");
    }
    check(request.headers());
    var destination = Destination.of(request.uri());
    return new Hop(method, request.uri(), destination, request.headers(), request.body());
  }

  /// The request that a redirect asks for.
  ///
  /// @throws IllegalArgumentException with a sentence, if it must not be followed
  Hop redirected(int status, String location) {
    var next = resolved(location);
    var to = Destination.of(next);
    if (destination.tls() && !to.tls()) {
      throw new IllegalArgumentException("The server redirects to an unencrypted connection");
    }
    var reads = method.equals("GET") || method.equals("HEAD");
    var becomesGet = status == 303 || (method.equals("POST") && (status == 301 || status == 302));
    if (becomesGet) {
      var plain = only(name -> !name.startsWith("content-"));
      return new Hop(reads ? method : "GET", next, to, scoped(to, plain), null);
    }
    if (!destination.sameOrigin(to) && (!reads || body != null)) {
      throw new IllegalArgumentException(
          "The server redirects a request with a body or an effect to another origin");
    }
    return new Hop(method, next, to, scoped(to, headers), body);
  }

  @Override
  public String toString() {
    return method + " " + destination;
  }

  private URI resolved(String location) {
    try {
      // `URI` resolves by an older rule: against an empty path it glues the new one to the host,
      // and
      // a query alone takes the place of the last segment.
      var base = uri.getRawPath().isEmpty() ? uri.resolve("/") : uri;
      var path = base.getRawPath();
      var queryOnly = location.startsWith("?") && !path.startsWith("//");
      return base.resolve(new URI(queryOnly ? path + location : location));
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new IllegalArgumentException("The server redirects to an invalid address", null);
    }
  }

  private Map<String, String> scoped(Destination to, Map<String, String> candidates) {
    if (destination.sameOrigin(to)) {
      return candidates;
    }
    return candidates.entrySet().stream()
        .filter(header -> HARMLESS.contains(lower(header.getKey())))
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private Map<String, String> only(Predicate<String> wanted) {
    return headers.entrySet().stream()
        .filter(header -> wanted.test(lower(header.getKey())))
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static void check(Map<String, String> headers) {
    var seen = new HashSet<String>();
    headers.forEach((name, value) -> {
      if (!TOKEN.matcher(name).matches()) {
        throw new IllegalArgumentException("A header of this request has an invalid name");
      }
      var lower = lower(name);
      if (!maySet(name)) {
        throw new IllegalArgumentException("The header " + lower + " must not be set");
      }
      if (!seen.add(lower)) {
        throw new IllegalArgumentException("The header " + lower + " is given twice");
      }
      if (!VALUE.matcher(value).matches()) {
        throw new IllegalArgumentException(
            "The value of the header " + lower + " has characters that are not allowed");
      }
    });
  }

  static boolean maySet(String name) {
    var lower = lower(name);
    return !REFUSED.contains(lower) && !lower.startsWith("proxy-");
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
