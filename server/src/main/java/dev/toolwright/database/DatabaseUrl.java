package dev.toolwright.database;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The form in which an operator names a database:
/// `postgresql://user:password@host:port/database?sslmode=require`.
public final class DatabaseUrl {
  private static final int POSTGRESQL_PORT = 5432;

  /// Everything else a driver understands could load classes or write files.
  private static final Set<String> PARAMETERS =
      Set.of("sslmode", "sslrootcert", "connectTimeout", "socketTimeout");

  private static final Set<String> SSL_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  private DatabaseUrl() {}

  /// Reads `url`; port 5432 when it names none.
  ///
  /// @throws IllegalArgumentException with a sentence that says what is wrong, without the password
  public static DatabaseAddress parse(String url) {
    var uri = uri(url);
    var login = uri.getRawUserInfo();
    if (login == null || login.isBlank() || login.startsWith(":")) {
      throw new IllegalArgumentException("it names no user; the form is " + form());
    }
    var host = uri.getHost();
    if (host == null || host.isBlank()) {
      throw new IllegalArgumentException("it names no single host; the form is " + form());
    }
    var database = decode(path(uri));
    if (database.isBlank() || database.contains("/")) {
      throw new IllegalArgumentException("it names no database; the form is " + form());
    }
    var colon = login.indexOf(':');
    var user = decode(colon < 0 ? login : login.substring(0, colon));
    var password = colon < 0 ? "" : decode(login.substring(colon + 1));
    var port = uri.getPort() < 0 ? POSTGRESQL_PORT : uri.getPort();
    var jdbc =
        "jdbc:postgresql://"
            + host
            + ":"
            + port
            + "/"
            + encode(database)
            + query(uri.getRawQuery());
    return new DatabaseAddress(jdbc, user, password);
  }

  private static URI uri(String url) {
    if (url.startsWith("jdbc:")) {
      throw new IllegalArgumentException("write it without jdbc:, as " + form());
    }
    try {
      var uri = new URI(url);
      if (!"postgresql".equals(uri.getScheme()) && !"postgres".equals(uri.getScheme())) {
        throw new IllegalArgumentException("it does not begin with postgresql://");
      }
      return uri;
    } catch (URISyntaxException e) {
      // The exception quotes the address, and with it the password.
      throw new IllegalArgumentException(
          "it is no address; characters such as @ : / ? # % in the password must be"
              + " percent-encoded (@ is %40)");
    }
  }

  private static String path(URI uri) {
    var path = uri.getRawPath();
    return path == null || path.isEmpty() ? "" : path.substring(1);
  }

  private static String query(@Nullable String raw) {
    if (raw == null || raw.isBlank()) {
      return "";
    }
    var parameters = new LinkedHashMap<String, String>();
    for (var pair : raw.split("&", -1)) {
      var equals = pair.indexOf('=');
      var name = equals < 0 ? pair : pair.substring(0, equals);
      if (!PARAMETERS.contains(name)) {
        throw new IllegalArgumentException(
            "the parameter %s is unknown; known are %s"
                .formatted(name, String.join(", ", new TreeSet<>(PARAMETERS))));
      }
      parameters.put(name, equals < 0 ? "" : decode(pair.substring(equals + 1)));
    }
    var mode = parameters.get("sslmode");
    if (mode != null && !SSL_MODES.contains(mode)) {
      throw new IllegalArgumentException(
          "sslmode=%s is unknown; known are %s"
              .formatted(mode, String.join(", ", new TreeSet<>(SSL_MODES))));
    }
    return parameters.entrySet().stream()
        .map(DatabaseUrl::pair)
        .collect(Collectors.joining("&", "?", ""));
  }

  private static String pair(Map.Entry<String, String> parameter) {
    return parameter.getKey() + "=" + encode(parameter.getValue());
  }

  private static String decode(String text) {
    // A plus sign is itself in a login or a path; only form bodies write a space so.
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String form() {
    return "postgresql://user:password@host:5432/database";
  }
}
