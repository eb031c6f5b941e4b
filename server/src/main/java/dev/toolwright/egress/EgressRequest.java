package dev.toolwright.egress;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One outgoing HTTP request. `toString` leaves headers, query and body out: they may hold secrets.
///
/// @param method upper case
/// @param uri http or https, with a host and without user info
/// @param headers printable ASCII, sent as they are; hop-by-hop headers, Host, Content-Length,
///   Expect and Proxy-* are refused
/// @param timeout for the whole exchange: resolving, connecting, redirects and reading the body; at
///   most a day
/// @param maxResponseBytes of the decompressed body; a longer body is an [EgressException] of kind
///   TOO_LARGE
/// @param redirected whether a redirect is followed; otherwise it is the answer
public record EgressRequest(
    String method,
    URI uri,
    Map<String, String> headers,
    byte @Nullable [] body,
    Duration timeout,
    int maxResponseBytes,
    boolean redirected) {
  // Not compact: javac leaves the type annotations of a compact constructor's parameters out of the
  // class file, and then no other module may pass null.
  public EgressRequest(
      String method,
      URI uri,
      Map<String, String> headers,
      byte @Nullable [] body,
      Duration timeout,
      int maxResponseBytes,
      boolean redirected) {
    this.method = method;
    this.uri = uri;
    this.headers = Map.copyOf(headers);
    this.body = body;
    this.timeout = timeout;
    this.maxResponseBytes = maxResponseBytes;
    this.redirected = redirected;
  }

  public EgressRequest(
      String method,
      URI uri,
      Map<String, String> headers,
      byte @Nullable [] body,
      Duration timeout,
      int maxResponseBytes) {
    this(method, uri, headers, body, timeout, maxResponseBytes, true);
  }

  /// The same request, going to its own address and no further.
  public EgressRequest withoutRedirects() {
    return new EgressRequest(method, uri, headers, body, timeout, maxResponseBytes, false);
  }

  /// The same request with more headers, which win over its own of that name.
  public EgressRequest with(Map<String, String> more) {
    var all = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    all.putAll(headers);
    all.putAll(more);
    return new EgressRequest(method, uri, all, body, timeout, maxResponseBytes, redirected);
  }

  /// Whether a header can have this name.
  public static boolean isHeader(String name) {
    return Hop.TOKEN.matcher(name).matches();
  }

  /// Whether a caller may set this header, in any case; a request with another is refused.
  public static boolean mayBeSet(String name) {
    return Hop.maySet(name);
  }

  /// Whether a header can have this value: a tab or printable ASCII.
  public static boolean isHeaderValue(String value) {
    return Hop.VALUE.matcher(value).matches();
  }

  @Override
  public String toString() {
    return method + " " + uri.getScheme() + "://" + uri.getHost();
  }
}
