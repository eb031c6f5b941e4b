package dev.toolwright.api.web;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.http.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds out who calls. A token comes in `X-Token`, in `Authorization: Bearer`, or in the cookie
/// `accessToken`; the first of these that is sent decides, so a stale cookie does not get in the
/// way of a header, and a wrong header is never made up for by a cookie.
final class Credentials {
  private static final String BEARER = "bearer ";
  private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS");
  private static final int LONGEST_TOKEN = 8_192;

  private final Accounts accounts;

  Credentials(Accounts accounts) {
    this.accounts = accounts;
  }

  /// A caller, the id of the token, and whether a browser sent it by itself.
  record Identity(Caller caller, String tokenId, boolean byCookie) {}

  /// @throws Problem 401 without a valid token, 403 for a write that another site made with a
  ///   cookie
  Identity identify(HttpServletRequest request) {
    var header = headerToken(request);
    var token = header == null ? cookieToken(request) : header;
    if (token == null) {
      throw unauthorized();
    }
    if (token.length() > LONGEST_TOKEN) {
      throw unauthorized();
    }
    var session = accounts.session(token).orElseThrow(Credentials::unauthorized);
    var byCookie = header == null;
    if (byCookie && !READS.contains(request.getMethod())) {
      refuseOtherSites(request);
    }
    return new Identity(session.caller(), session.tokenId(), byCookie);
  }

  private static Problem unauthorized() {
    return Problem.of(Problem.Kind.UNAUTHORIZED, "Unauthorized");
  }

  private static @Nullable String headerToken(HttpServletRequest request) {
    var token = request.getHeader("X-Token");
    if (token != null) {
      return token.strip();
    }
    var authorization = request.getHeader("Authorization");
    return authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)
        ? authorization.substring(BEARER.length()).strip()
        : null;
  }

  private static @Nullable String cookieToken(HttpServletRequest request) {
    var cookies = request.getCookies();
    if (cookies != null) {
      for (var cookie : cookies) {
        if (cookie.getName().equals("accessToken")) {
          return cookie.getValue();
        }
      }
    }
    return null;
  }

  private static void refuseOtherSites(HttpServletRequest request) {
    var site = request.getHeader("Sec-Fetch-Site");
    var origin = request.getHeader("Origin");
    var foreign = site != null && !site.equals("same-origin") && !site.equals("none");
    if (foreign || (origin != null && !isOurs(origin, request.getHeader("Host")))) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN,
          "A cookie authorises writes from this server's own pages only; send the token in"
              + " X-Token or Authorization");
    }
  }

  /// Compares without the scheme: a proxy that ends TLS hides it from us.
  private static boolean isOurs(String origin, @Nullable String host) {
    var scheme = origin.indexOf("://");
    if (scheme < 0 || host == null) {
      return false;
    }
    var port = origin.startsWith("https:") ? ":443" : ":80";
    var authority = origin.substring(scheme + "://".length());
    return withoutPort(authority, port).equalsIgnoreCase(withoutPort(host, port));
  }

  private static String withoutPort(String authority, String port) {
    return authority.endsWith(port)
        ? authority.substring(0, authority.length() - port.length())
        : authority;
  }
}
