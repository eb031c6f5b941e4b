package dev.toolwright;

import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressPolicy;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.egress.Resolver;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The command `conformance-pack install`: makes the tools, prompts and resources that MCP's
/// official conformance suite expects of a server, over REST, as any user could. What is there
/// already is brought up to date.
final class ConformancePack {
  static final String USAGE =
      "Usage: toolwright conformance-pack install --url http://127.0.0.1:8080 --token tw_…";

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int MAX_RESPONSE = 4 << 20;
  private static final int CONFLICT = 409;

  private final Egress http;
  private final URI server;
  private final String token;

  private ConformancePack(Egress http, URI server, String token) {
    this.http = http;
    this.server = server;
    this.token = token;
  }

  static int run(List<String> words, PrintStream out, PrintStream err) throws InterruptedException {
    var url = flag(words, "--url").map(ConformancePack::address).orElse(null);
    var token = flag(words, "--token").orElse(null);
    if (words.size() != 5 || !words.getFirst().equals("install") || url == null || token == null) {
      err.println(USAGE);
      return 2;
    }
    try (var http = new Egress(EgressPolicy.publicOnly().alsoAllowing(url), Resolver.system())) {
      new ConformancePack(http, url, token).install(out);
      return 0;
    } catch (EgressException | Refused e) {
      err.println("The pack was not installed: " + e.getMessage());
      return 1;
    }
  }

  private static Optional<String> flag(List<String> words, String name) {
    var at = words.indexOf(name);
    return at < 0 || at + 1 == words.size() ? Optional.empty() : Optional.of(words.get(at + 1));
  }

  private static @Nullable URI address(String text) {
    try {
      var uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
      return uri.getHost() == null ? null : uri;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// The server does not want it.
  private static final class Refused extends Exception {
    Refused(String message) {
      super(message, null, false, false);
    }
  }

  private void install(PrintStream out) throws EgressException, Refused, InterruptedException {
    var pack = Json.stored(resource("pack.json"));
    for (var prompt : pack.path("prompts")) {
      put("/api/prompts", "prompts", (ObjectNode) prompt);
    }
    for (var one : pack.path("resources")) {
      put("/api/resources", "resources", (ObjectNode) one);
    }
    for (var tool : pack.path("tools")) {
      put("/agents/tools", "tools", tool((ObjectNode) tool));
    }
    out.printf(
        "%d tools, %d prompts and %d resources are at %s/mcp%n",
        pack.path("tools").size(),
        pack.path("prompts").size(),
        pack.path("resources").size(),
        server);
  }

  private ObjectNode tool(ObjectNode one) {
    var implementation = one.putObject("implementation");
    implementation
        .put("language", "python")
        .put("code", resource("tools.py").replace("{{server}}", server.toString()))
        .put("function_name", one.path("function_name").asString(""));
    if (one.path("network").asBoolean(false)) {
      implementation
          .putArray("allowed_hosts")
          .add(server.getScheme() + "://" + server.getAuthority());
      implementation.putObject("secrets").put("token", token);
    }
    one.remove(List.of("function_name", "network"));
    return one.put("tool_type", "function");
  }

  private void put(String path, String list, ObjectNode body)
      throws EgressException, Refused, InterruptedException {
    var name = body.path(body.has("uri") ? "uri" : "name").asString("");
    var made = send("POST", list.equals("tools") ? path + "/create" : path, body);
    if (made.status() == CONFLICT) {
      var own = path + "/" + (list.equals("tools") ? name : id(path, list, name));
      body.remove(List.of("name", "uri"));
      made = send("PUT", own, body);
    }
    required(name, made);
  }

  private String id(String path, String list, String name)
      throws EgressException, Refused, InterruptedException {
    var found = required(path, send("GET", path, null)).path(list);
    return found.values().stream()
        .filter(one -> name.equals(one.path(one.has("uri") ? "uri" : "name").asString("")))
        .map(one -> one.path("id").asString(""))
        .findFirst()
        .orElse("");
  }

  private static JsonNode required(String what, EgressResponse answer) throws Refused {
    var said = new String(answer.body(), StandardCharsets.UTF_8);
    if (answer.status() >= 300) {
      throw new Refused(what + ": " + answer.status() + " " + said);
    }
    return Json.stored(said);
  }

  private EgressResponse send(String method, String path, @Nullable JsonNode body)
      throws EgressException, InterruptedException {
    var headers = Map.of("X-Token", token, "Content-Type", "application/json");
    return http.send(
        new EgressRequest(
            method,
            URI.create(server + path),
            headers,
            body == null ? null : Json.bytes(body),
            TIMEOUT,
            MAX_RESPONSE));
  }

  private static String resource(String name) {
    try (var in = ConformancePack.class.getResourceAsStream("/conformance/" + name)) {
      if (in == null) {
        throw new IllegalStateException("missing resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
