package dev.toolwright.runner.http;

import dev.toolwright.connection.Operation;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.expression.JmesPath;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.tool.Outcome;
import dev.toolwright.vault.Redaction;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// What a remote's answer means to whoever called.
public final class Answers {
  private static final int EXCERPT = 500;
  private static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(1);
  private static final Pattern CHARSET = Pattern.compile("(?i)charset=\"?([A-Za-z0-9_.:-]{1,40})");

  /// Where services put the sentence about what went wrong.
  private static final List<JsonPointer> SENTENCES =
      List.of(
          JsonPointer.compile("/error/message"),
          JsonPointer.compile("/message"),
          JsonPointer.compile("/detail"),
          JsonPointer.compile("/error_description"),
          JsonPointer.compile("/error"));

  private Answers() {}

  /// @param mayRepeat whether sending the request again does no harm, whatever became of it
  static Outcome judged(
      EgressResponse response,
      Operation operation,
      String host,
      boolean mayRepeat,
      Redaction redaction,
      Instant now) {
    var value = redaction.json(value(response));
    if (operation.answer().isSuccess(response.status())) {
      return new Outcome.Succeeded(part(value, operation.answer()));
    }
    return failed(response, value, host, mayRepeat, now);
  }

  /// What an answer means that is no success.
  ///
  /// @param value of the answer, without secrets
  /// @param mayRepeat whether sending the request again does no harm, whatever became of it
  public static Outcome failed(
      EgressResponse response, JsonNode value, String host, boolean mayRepeat, Instant now) {
    var message = "%s answered %d: %s".formatted(host, response.status(), excerpt(value));
    return switch (response.status()) {
      case 429 -> new Outcome.Limited(message, retryAfter(response, now));
      // Behind a gateway, something may have happened all the same.
      case 503 ->
          mayRepeat
              ? new Outcome.Limited(message, retryAfter(response, now))
              : new Outcome.Failed("remote_error", message, null, false);
      case 502, 504 -> new Outcome.Failed("remote_error", message, null, mayRepeat);
      case 401, 403 ->
          new Outcome.Failed("remote_error", message + " (it refused the credential)", null, false);
      default -> new Outcome.Failed("remote_error", message, null, false);
    };
  }

  private static JsonNode part(JsonNode value, Operation.Answer answer) {
    if (answer.jmespath() != null) {
      return JmesPath.value(answer.jmespath(), value);
    }
    if (answer.pointer() == null) {
      return value;
    }
    var part = value.at(answer.pointer());
    return part.isMissingNode() ? Json.tree(null) : part;
  }

  private static String excerpt(JsonNode value) {
    var text = value.isString() ? value.asString() : sentence(value);
    return text.length() <= EXCERPT ? text : text.substring(0, EXCERPT) + "…";
  }

  private static String sentence(JsonNode value) {
    for (var place : SENTENCES) {
      var found = value.at(place);
      if (found.isString() && !found.asString().isBlank()) {
        return found.asString();
      }
    }
    return Json.write(value);
  }

  /// JSON if it is any; text; else the bytes as `{content_type, size_bytes, base64}`.
  public static JsonNode value(EgressResponse response) {
    if (response.body().length == 0) {
      return StringNode.valueOf("");
    }
    var type = response.header("content-type").orElse("").toLowerCase(Locale.ROOT);
    try {
      return Json.parse(response.body());
    } catch (MalformedJson _) {
      // Whatever it claims to be.
    }
    return isText(type, response.body())
        ? StringNode.valueOf(new String(response.body(), charset(type)).replace("\0", ""))
        : Json.object()
            .put("content_type", type.split(";", 2)[0].strip())
            .put("size_bytes", response.body().length)
            .put("base64", Base64.getEncoder().encodeToString(response.body()));
  }

  private static boolean isText(String type, byte[] body) {
    if (type.startsWith("text/")
        || type.contains("json")
        || type.contains("xml")
        || type.contains("javascript")
        || type.contains("urlencoded")) {
      return true;
    }
    var text = new String(body, StandardCharsets.UTF_8);
    return type.isEmpty() && text.indexOf('\0') < 0 && text.indexOf('\uFFFD') < 0;
  }

  private static Charset charset(String type) {
    var named = CHARSET.matcher(type);
    try {
      return named.find() ? Charset.forName(named.group(1)) : StandardCharsets.UTF_8;
    } catch (UnsupportedCharsetException | IllegalCharsetNameException _) {
      return StandardCharsets.UTF_8;
    }
  }

  /// RFC 9110 §10.2.3: seconds, or a date.
  private static Duration retryAfter(EgressResponse response, Instant now) {
    var text = response.header("retry-after").orElse("").strip();
    if (text.matches("\\d{1,6}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      var until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      var left = Duration.between(now, until);
      return left.isNegative() ? Duration.ZERO : left;
    } catch (DateTimeException _) {
      return DEFAULT_RETRY_AFTER;
    }
  }
}
