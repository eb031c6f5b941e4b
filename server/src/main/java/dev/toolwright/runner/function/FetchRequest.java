package dev.toolwright.runner.function;

import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A request as the code of a tool describes it: a stranger's text, read and nothing else.
///
/// @param headers by name in any case
/// @param params to be added to the query
/// @param auth a user and a password; empty: none
/// @param timeout as the code wants it; null: what the call has left
record FetchRequest(
    String method,
    String url,
    Map<String, String> headers,
    List<Pair> params,
    Body body,
    List<String> auth,
    @Nullable Duration timeout) {
  private static final int MAX_URL = 8_000;
  private static final int MAX_BODY = 1 << 20;
  private static final double MAX_SECONDS = 3_600;
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE");
  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

  record Pair(String name, String value) {}

  /// What is sent with it.
  sealed interface Body {
    record None() implements Body {}

    record Document(JsonNode json) implements Body {}

    record Form(List<Pair> pairs) implements Body {}

    record Text(String text) implements Body {}

    record Binary(byte[] bytes) implements Body {}
  }

  /// @throws FetchRefused naming every fault
  static FetchRequest read(byte[] question) throws FetchRefused {
    try {
      if (Json.parse(question) instanceof ObjectNode object) {
        return read(Fields.of(object));
      }
    } catch (MalformedJson e) {
      // said below
    } catch (Problem e) {
      throw new FetchRefused("The request cannot be made: " + String.join("; ", e.messages()));
    }
    throw new FetchRefused("The request cannot be read");
  }

  private static FetchRequest read(Fields in) {
    var method = in.choice("method", METHODS);
    var url = in.requiredText("url", 1, MAX_URL);
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    var given = in.object("headers");
    if (given != null) {
      for (var header : given.properties()) {
        if (!header.getValue().isString()) {
          in.fault("headers", "must hold texts");
        } else if (headers.put(header.getKey(), header.getValue().asString()) != null) {
          in.fault("headers", "names a header twice");
        }
      }
    }
    var params = pairs(in, "params");
    var body = body(in);
    var auth = in.texts("auth", 2, MAX_BODY);
    if (auth != null && auth.size() != 2) {
      in.fault("auth", "must be a user and a password");
    }
    var seconds = in.number("timeout", 0.001, MAX_SECONDS);
    in.finish();
    return new FetchRequest(
        method == null ? "GET" : method,
        url,
        headers,
        params,
        body,
        auth == null ? List.of() : auth,
        seconds == null ? null : Duration.ofMillis(Math.round(seconds * 1_000)));
  }

  private static Body body(Fields in) {
    var json = in.any("json");
    var form = in.has("form");
    var pairs = pairs(in, "form");
    var text = in.text("text", MAX_BODY);
    var base64 = in.text("base64", 2 * MAX_BODY);
    if (json != null) {
      return new Body.Document(json);
    }
    if (form) {
      return new Body.Form(pairs);
    }
    if (text != null) {
      return new Body.Text(text);
    }
    if (base64 == null) {
      return new Body.None();
    }
    try {
      return new Body.Binary(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      in.fault("base64", "must be base64");
      return new Body.None();
    }
  }

  private static List<Pair> pairs(Fields in, String name) {
    var pairs = new ArrayList<Pair>();
    var given = in.any(name);
    if (given == null) {
      return pairs;
    }
    for (var pair : given) {
      if (pair.isArray() && pair.size() == 2 && pair.get(0).isString() && pair.get(1).isString()) {
        pairs.add(new Pair(pair.get(0).asString(), pair.get(1).asString()));
      } else {
        in.fault(name, "must hold pairs of texts");
        break;
      }
    }
    return pairs;
  }

  /// Whether it only asks for something.
  boolean reads() {
    return READING.contains(method);
  }

  /// Method and address without what may be private.
  String shown() {
    return method + " " + url.split("[?#]", 2)[0];
  }
}
