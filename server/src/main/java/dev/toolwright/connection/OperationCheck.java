package dev.toolwright.connection;

import dev.toolwright.egress.EgressRequest;
import dev.toolwright.expression.JmesPath;
import dev.toolwright.expression.Template;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Fields;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;

/// What a request may not be saved with: what no call could send, another origin than that of its
/// connection, and credentials outside of where secrets are kept, since everything else of a
/// definition is shown to its editors.
public final class OperationCheck {
  private static final Set<String> CREDENTIALS =
      Set.of("authorization", "proxy-authorization", "cookie");

  /// Names under which credentials travel: `X-Api-Key`, `accessToken`, `appid`, but not
  /// `max_tokens`.
  private static final Pattern SECRET_NAME =
      Pattern.compile("(api[-_]?key|token|secret([-_]?key)?|password|app[-_]?id)([^a-z]|$)");

  /// What may stand beside a placeholder without being a secret itself: a scheme such as `Bearer`.
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z]{0,10}[\\s=:]*");

  private static final String IN_CLEAR = "would be stored and shown in clear; use ";

  private final Fields in;
  private final String at;
  private final String useInstead;

  /// @param at where the request lies in `in`, such as `implementation.`
  /// @param useInstead where secrets belong, and how they are named
  private OperationCheck(Fields in, String at, String useInstead) {
    this.in = in;
    this.at = at;
    this.useInstead = useInstead;
  }

  /// @param baseUrl of the request's connection; null: it has none
  public static void check(Operation operation, @Nullable String baseUrl, Fields in, String at) {
    new OperationCheck(
            in,
            at,
            baseUrl == null
                ? at + "auth for a credential, or a placeholder for one that each call brings"
                : "the connection's credential: {{api_key}} or {{access_token}}")
        .operation(operation, baseUrl);
  }

  /// The headers that a connection adds to every request.
  static void headers(Map<String, String> headers, Fields in) {
    var check = new OperationCheck(in, "", "{{api_key}} or {{access_token}}");
    check.headers(headers, true);
    headers.forEach((name, value) -> {
      if (!Auth.PLACES.containsAll(Template.parse(value, false).places())) {
        in.fault("headers." + name, "may hold the places {{api_key}} and {{access_token}} only");
      }
    });
  }

  /// The headers of a message that has no credential beside its address.
  public static void fixedHeaders(Map<String, String> headers, Fields in, String at) {
    new OperationCheck(in, at, "an api_endpoint tool, whose auth keeps a credential")
        .headers(headers, false);
  }

  private void operation(Operation operation, @Nullable String baseUrl) {
    url(operation.url(), baseUrl);
    operation
        .query()
        .forEach((name, value) -> {
          if (isSecret(name) && hasLiteral(Template.parse(value, false))) {
            in.fault(at + "query." + name, IN_CLEAR + useInstead);
          }
        });
    headers(operation.headers(), baseUrl != null);
    if (!operation.hasBody() && operation.body() != null && !operation.body().isEmpty()) {
      in.fault(at + "body", "is not sent with " + operation.method() + "; leave it out");
    }
    answer(operation.answer());
  }

  private void url(String text, @Nullable String baseUrl) {
    var url = UrlTemplate.parse(Requests.address(baseUrl, text));
    if (url.template() == null) {
      in.fault(at + "url", url.fault());
    } else if (baseUrl != null
        && !Requests.origin(Requests.address(baseUrl, text)).equals(Requests.origin(baseUrl))) {
      in.fault(
          at + "url", "must stay at " + Requests.origin(baseUrl) + ", the connection's origin");
    }
    var parts = text.split("[?#&;]", -1);
    for (var i = 1; i < parts.length; i++) {
      var equals = parts[i].indexOf('=');
      if (equals > 0
          && isSecret(decoded(parts[i].substring(0, equals)))
          && hasLiteral(Template.parse(parts[i].substring(equals + 1), true))) {
        in.fault(at + "url", "has a credential in its query, which " + IN_CLEAR + useInstead);
      }
    }
  }

  private void headers(Map<String, String> headers, boolean connected) {
    var seen = new TreeSet<String>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach((name, value) -> {
      header(name, value, connected);
      if (!seen.add(name)) {
        in.fault(at + "headers." + name, "is given twice");
      }
    });
  }

  private void header(String name, String value, boolean connected) {
    var field = at + "headers." + name;
    var template = Template.parse(value, false);
    if (CREDENTIALS.contains(name.toLowerCase(Locale.ROOT))) {
      var kept = connected && Auth.PLACES.containsAll(template.places());
      if (!kept || hasLiteral(template)) {
        in.fault(field, IN_CLEAR + useInstead);
      }
    } else if (!EgressRequest.isHeader(name) || name.length() > 100) {
      in.fault(field, "is not a valid header");
    } else if (!EgressRequest.mayBeSet(name)) {
      in.fault(field, "is set by the server");
    } else if (!EgressRequest.isHeaderValue(value)) {
      in.fault(field, "must hold printable ASCII characters only");
    } else if (isSecret(name) && hasLiteral(template)) {
      in.fault(field, IN_CLEAR + useInstead);
    }
  }

  private void answer(Operation.Answer answer) {
    if (answer.pointer() != null) {
      try {
        JsonPointer.compile(answer.pointer());
      } catch (IllegalArgumentException _) {
        in.fault(at + "response.pointer", "must be a JSON Pointer such as /data/items");
      }
    }
    if (answer.jmespath() != null && JmesPath.fault(answer.jmespath()).isPresent()) {
      in.fault(
          at + "response.jmespath", JmesPath.fault(answer.jmespath()).orElse("is no expression"));
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
