package dev.toolwright.egress;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One outgoing HTTP request. `toString` leaves headers, query and body out: they may hold secrets.
///
/// @param headers sent as they are; hop-by-hop headers, Host and Content-Length are refused
/// @param timeout for the whole exchange: resolving, connecting, redirects and reading the body
/// @param maxResponseBytes of the decompressed body; a longer body is an [EgressException] of kind
///   TOO_LARGE
public record EgressRequest(
    String method,
    URI uri,
    Map<String, String> headers,
    byte @Nullable [] body,
    Duration timeout,
    int maxResponseBytes) {
  public EgressRequest {
    headers = Map.copyOf(headers);
  }

  @Override
  public String toString() {
    return method + " " + uri.getScheme() + "://" + uri.getAuthority();
  }
}
