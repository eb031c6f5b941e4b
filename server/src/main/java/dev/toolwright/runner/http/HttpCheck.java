package dev.toolwright.runner.http;

import dev.toolwright.egress.EgressRequest;
import dev.toolwright.expression.Template;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Fields;
import dev.toolwright.tool.Config;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// What a tool that is one HTTP request may not be saved with: what no call could send, and
/// credentials outside `auth`, since everything else of a definition is shown to its editors.
final class HttpCheck {
  private static final Set<String> CREDENTIALS =
      Set.of("authorization", "proxy-authorization", "cookie");

  /// Names under which credentials travel: `X-Api-Key`, `accessToken`, `appid`, but not
  /// `max_tokens`.
  private static final Pattern SECRET_NAME =
      Pattern.compile("(api[-_]?key|token|secret([-_]?key)?|password|app[-_]?id)([^a-z]|$)");

  /// What may stand beside a placeholder without being a secret itself: a scheme such as `Bearer`.
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z]{0,10}[\\s=:]*");

  private static final String USE_AUTH =
      "would be stored and shown in clear; use implementation.auth for a credential,"
          + " or a placeholder for one that each call brings";

  private HttpCheck() {}

  static void check(Config.HttpApi api, Fields in) {
    var url = UrlTemplate.parse(api.url());
    if (url.template() == null) {
      in.fault("implementation.url", url.fault());
    }
    query(api.url(), in);
    var seen = new TreeSet<String>(String.CASE_INSENSITIVE_ORDER);
    api.headers()
        .forEach((name, value) -> {
          header(name, value, in);
          if (!seen.add(name)) {
            in.fault("implementation.headers." + name, "is given twice");
          }
        });
    if (HttpRunner.WITHOUT_BODY.contains(api.method())
        && api.body() != null
        && !api.body().isEmpty()) {
      in.fault("implementation.body", "is not sent with " + api.method() + "; leave it out");
    }
  }

  private static void query(String url, Fields in) {
    var parts = url.split("[?#&;]", -1);
    for (var i = 1; i < parts.length; i++) {
      var equals = parts[i].indexOf('=');
      if (equals > 0 && isSecret(decoded(parts[i].substring(0, equals)))) {
        var value = Template.parse(parts[i].substring(equals + 1), true);
        if (hasLiteral(value)) {
          in.fault("implementation.url", "has a credential in its query, which " + USE_AUTH);
        }
      }
    }
  }

  private static void header(String name, String value, Fields in) {
    var field = "implementation.headers." + name;
    if (CREDENTIALS.contains(name.toLowerCase(Locale.ROOT))) {
      in.fault(field, USE_AUTH);
    } else if (!EgressRequest.isHeader(name) || name.length() > 100) {
      in.fault(field, "is not a valid header");
    } else if (!EgressRequest.mayBeSet(name)) {
      in.fault(field, "is set by the server");
    } else if (!EgressRequest.isHeaderValue(value)) {
      in.fault(field, "must hold printable ASCII characters only");
    } else if (isSecret(name) && hasLiteral(Template.parse(value, false))) {
      in.fault(field, USE_AUTH);
    }
  }

  private static boolean isSecret(String name) {
    var words = name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    return SECRET_NAME.matcher(words).find();
  }

  /// Whether a value says something itself, beyond what a call fills in.
  private static boolean hasLiteral(Template value) {
    var literal = new StringBuilder();
    var filled = false;
    for (var part : value.parts()) {
      switch (part) {
        case Template.Part.Literal(var text) -> literal.append(text);
        case Template.Part.Place _ -> filled = true;
      }
    }
    return filled ? !SCHEME.matcher(literal).matches() : !literal.toString().isBlank();
  }

  private static String decoded(String name) {
    try {
      return URLDecoder.decode(name, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      return name;
    }
  }
}
