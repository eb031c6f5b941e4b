package dev.toolwright.api.web;

import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads a request's body: never more than 10 MB, never longer than a minute.
final class RequestBody {
  private static final int MOST = 10 << 20;
  private static final int PORTION = 16 << 10;
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final long MOST_DISCARDED = 64L << 20;
  private static final Duration LONGEST_DISCARD = Duration.ofSeconds(5);
  private static final Set<String> JSON_OR_NONE = Set.of("", "text/plain", "application/json");

  private final HttpServletRequest request;
  private byte @Nullable [] bytes;

  RequestBody(HttpServletRequest request) {
    this.request = request;
  }

  /// Refuses by what the header says, before anything is read.
  ///
  /// @param byCookie then only JSON will do: other types can be sent by any site's form
  /// @throws Problem 413 or 415
  void checkHeader(boolean byCookie, boolean anyContent) {
    if (request.getContentLengthLong() > MOST) {
      throw tooLarge(MOST);
    }
    if (isAnnounced() && !anyContent && !accepts(mediaType(), byCookie)) {
      throw Problem.of(Problem.Kind.UNSUPPORTED_TYPE, "Send the body as application/json");
    }
  }

  byte[] bytes() {
    if (bytes == null) {
      bytes = read();
    }
    return bytes;
  }

  /// @throws Problem 400 when it is no JSON object, or holds text that cannot be stored
  ObjectNode object() {
    if (value(MOST) instanceof ObjectNode object) {
      return object;
    }
    throw Problem.invalid("The body must be a JSON object");
  }

  /// @param most bytes that are taken
  /// @throws Problem 400 when it is no JSON, or holds text that cannot be stored; 413
  JsonNode value(int most) {
    if (request.getContentLengthLong() > most || bytes().length > most) {
      throw tooLarge(most);
    }
    var text = bytes();
    if (text.length == 0) {
      return Json.object();
    }
    try {
      var value = Json.parse(text);
      refuseUnstorable(value);
      return value;
    } catch (MalformedJson e) {
      throw Problem.invalid(String.valueOf(e.getMessage()));
    }
  }

  /// Takes in what a refused client is still sending, within limits, so that it gets to read the
  /// answer instead of a reset connection.
  void discardRest() {
    if (bytes != null || !isAnnounced() || request.getHeader("Expect") != null) {
      return;
    }
    var end = System.nanoTime() + LONGEST_DISCARD.toNanos();
    var portion = new byte[PORTION];
    long total = 0;
    try {
      var input = request.getInputStream();
      int read = input.read(portion);
      while (read >= 0 && total < MOST_DISCARDED && System.nanoTime() < end) {
        total += read;
        read = input.read(portion);
      }
    } catch (IOException | RuntimeException _) {
      // The connection is beyond repair, and the answer has been written already.
    }
  }

  private byte[] read() {
    try {
      return readAll(request.getInputStream());
    } catch (IOException | RuntimeException e) {
      throw e instanceof Problem problem ? problem : new BrokenRequest(e);
    }
  }

  private byte[] readAll(InputStream input) throws IOException {
    var end = System.nanoTime() + LONGEST.toNanos();
    var all = new ByteArrayOutputStream(Math.max(32, (int) request.getContentLengthLong()));
    var portion = new byte[PORTION];
    for (int read = input.read(portion); read >= 0; read = input.read(portion)) {
      all.write(portion, 0, read);
      if (all.size() > MOST) {
        throw tooLarge(MOST);
      }
      if (System.nanoTime() > end) {
        throw new BrokenRequest(408);
      }
    }
    return all.toByteArray();
  }

  private boolean isAnnounced() {
    return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
  }

  private String mediaType() {
    var type = request.getContentType();
    return type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  private static boolean accepts(String type, boolean byCookie) {
    return (type.startsWith("application/") && type.endsWith("+json"))
        || (byCookie ? type.equals("application/json") : JSON_OR_NONE.contains(type));
  }

  private static Problem tooLarge(int most) {
    return Problem.of(Problem.Kind.TOO_LARGE, "The body is larger than " + (most >> 20) + " MB");
  }

  /// PostgreSQL stores neither U+0000 nor half of a surrogate pair.
  private static void refuseUnstorable(JsonNode node) {
    switch (node) {
      case ObjectNode object ->
          object
              .properties()
              .forEach(field -> {
                refuseUnstorable(field.getKey());
                refuseUnstorable(field.getValue());
              });
      case ArrayNode array -> array.forEach(RequestBody::refuseUnstorable);
      default -> {
        if (node.isString()) {
          refuseUnstorable(node.stringValue());
        }
      }
    }
  }

  private static void refuseUnstorable(String text) {
    for (int i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (c == '\0' || Character.isSurrogate(c)) {
        throw Problem.invalid("Text must not contain U+0000 or half of a surrogate pair");
      }
    }
  }
}
