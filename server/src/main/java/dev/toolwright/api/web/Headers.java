package dev.toolwright.api.web;

import dev.toolwright.json.Ids;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/// What every answer carries, errors of the HTTP parser included: the request's id, the security
/// headers, and the permission of a listed origin to read it.
final class Headers {
  static final String REQUEST_ID = "X-Request-Id";
  private static final String ATTRIBUTE = "toolwright.requestId";
  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

  private final List<String> corsOrigins;

  Headers(List<String> corsOrigins) {
    this.corsOrigins = corsOrigins;
  }

  void apply(Request request, Response response) {
    var headers = response.getHeaders();
    headers.put(REQUEST_ID, requestId(request));
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("Referrer-Policy", "no-referrer");
    headers.put(HttpHeader.CACHE_CONTROL, "no-store");
    if (!corsOrigins.isEmpty()) {
      headers.put(HttpHeader.VARY, "Origin");
      var origin = request.getHeaders().get(HttpHeader.ORIGIN);
      if (allows(origin)) {
        headers.put("Access-Control-Allow-Origin", origin);
        headers.put(
            "Access-Control-Expose-Headers", REQUEST_ID + ", Retry-After, Idempotency-Replayed");
      }
    }
  }

  /// Whether pages of that origin may call from a browser.
  boolean allows(@Nullable String origin) {
    return origin != null && corsOrigins.contains(origin);
  }

  /// The client's own id for the request if it is a sane one, else a new one; the same each time.
  static String requestId(Request request) {
    if (request.getAttribute(ATTRIBUTE) instanceof String known) {
      return known;
    }
    var sent = request.getHeaders().get(REQUEST_ID);
    var id = sent != null && SANE.matcher(sent).matches() ? sent : Ids.next("req");
    request.setAttribute(ATTRIBUTE, id);
    return id;
  }

  /// The attribute that `requestId` has set, for code that sees the servlet's request.
  static String attribute() {
    return ATTRIBUTE;
  }
}
