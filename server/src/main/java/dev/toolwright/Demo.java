package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressPolicy;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.Resolver;
import dev.toolwright.http.EventStream;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The command `demo`: starts a server and plays the main job against it over HTTP, as any client
/// would: make tools, try one, give them to an agent, let it work, and call the same tool over MCP.
final class Demo {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final int MAX_RESPONSE = 4 << 20;
  private static final String TASK =
      """
      How is customer C-100 doing, and can we deliver P-2?
      CALL crm_integration {"action": "get_customer", "customer_id": "C-100"}
      CALL inventory_management {"action": "forecast_demand", "product_id": "P-2"}
      ---
      CALL financial_reporting {"report_type": "summary", "period": "quarterly"}
      ---
      SAY Harbor Foods is a good customer. <<tool_result:inventory_management>> And the quarter: <<tool_result:financial_reporting>>
      """;

  private final PrintStream out;
  private final Platform server;
  private final Egress http;
  private final String token;

  private Demo(PrintStream out, Platform server, Egress http, String token) {
    this.out = out;
    this.server = server;
    this.http = http;
    this.token = token;
  }

  static int run(Settings settings, PrintStream out) throws InterruptedException {
    LogFile.open(settings);
    out.println("Starting a server in " + settings.home() + " …");
    try (var server = Platform.open(settings)) {
      if (play(settings, server, out)) {
        return 0;
      }
      out.println(
          "The demo needs the token of the first admin, and %s has none: choose a new home with --home."
              .formatted(settings.home().resolve(FirstLogin.FILE)));
      return 1;
    } catch (EgressException | MalformedJson e) {
      out.println("The demo broke off: " + e.getMessage());
      return 1;
    }
  }

  /// Plays it as the first admin.
  ///
  /// @return false if the home does not have that admin's token
  static boolean play(Settings settings, Platform server, PrintStream out)
      throws EgressException, MalformedJson, InterruptedException {
    var token = FirstLogin.read(settings.home()).map(FirstLogin::token).orElse("");
    if (token.isEmpty()) {
      return false;
    }
    var policy = EgressPolicy.publicOnly().alsoAllowing(server.address());
    try (var http = new Egress(policy, Resolver.system())) {
      new Demo(out, server, http, token).play();
    }
    return true;
  }

  private void play() throws EgressException, MalformedJson, InterruptedException {
    out.println("It answers at " + server.address() + ".\n");
    makeTools();
    out.println("\n2. Try one");
    var arguments = Json.object().put("action", "check_stock").put("product_id", "P-1");
    var tried =
        post("/agents/tools/inventory_management/test", Json.object().set("parameters", arguments));
    out.printf(
        "   inventory_management %s → %s (%s ms)%n",
        Json.write(arguments), Json.write(tried.path("result")), tried.path("execution_time_ms"));
    out.println("\n3. Give them to an agent, and give it a task");
    var job = post("/agents/execute", task());
    var jobId = job.path("job_id").asString("");
    follow("/agents/status/" + jobId + "/events");
    var ended = get("/agents/status/" + jobId);
    out.println("\n4. Call the same tool as an MCP client would");
    var called = post("/mcp", mcpCall(arguments));
    out.println("   " + Json.write(called.path("result").path("structuredContent")));
    out.println("\nThe agent's answer (" + ended.path("result").path("model").asString("") + "):");
    out.println("  " + ended.path("result").path("response").asString(""));
    var balance = server.adminBalance();
    out.printf(
        "%nCredits spent here until now: %s (reserved: %s)%n",
        balance.spent().stripTrailingZeros().toPlainString(),
        balance.reserved().stripTrailingZeros().toPlainString());
  }

  private void makeTools() throws EgressException, MalformedJson, InterruptedException {
    out.println("1. Make three Python tools");
    for (var definition : Json.parse(resource("tools.json"))) {
      var tool = (ObjectNode) definition;
      var name = tool.path("name").asString("");
      tool.put("tool_type", "function");
      tool.putObject("implementation")
          .put("code", new String(resource(name + ".py"), StandardCharsets.UTF_8))
          .put("function_name", name);
      var made = post("/agents/tools/create", tool);
      out.println(
          "   "
              + name
              + (made.path("statusCode").asInt() == 409 ? " is there from last time" : ""));
    }
  }

  private JsonNode task() throws EgressException, MalformedJson, InterruptedException {
    var agent = Json.object().put("name", "Account desk").put("model", "rehearsal");
    agent.put("instructions", "You look after customers. Use your tools.");
    agent
        .putArray("tools")
        .add("crm_integration")
        .add("financial_reporting")
        .add("inventory_management");
    var agentId = post("/agents/create", agent).path("agent_id").asString("");
    return Json.object().put("agent_id", agentId).put("message", TASK);
  }

  private static JsonNode mcpCall(JsonNode arguments) {
    var call = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", "tools/call");
    call.putObject("params").put("name", "inventory_management").set("arguments", arguments);
    return call;
  }

  /// Prints the job's events as they come.
  private void follow(String path) throws EgressException, InterruptedException {
    http.stream(request("GET", path, null), TIMEOUT, (_, _, body) -> show(body));
  }

  private int show(InputStream body) throws IOException {
    var events = new EventStream(body, MAX_RESPONSE);
    var shown = 0;
    for (var event = events.next(); event != null; event = events.next()) {
      show(event.type(), Json.stored(event.data()));
      shown++;
    }
    return shown;
  }

  private void show(String type, JsonNode data) {
    switch (type) {
      case "state" -> out.println("   • " + data.path("status").asString(""));
      case "tool_call" ->
          out.println(
              "   → " + data.path("name").asString("") + " " + data.path("arguments").asString(""));
      case "tool_result" ->
          out.println(
              "   ← " + data.path("name").asString("") + " " + Json.write(data.path("result")));
      default -> {}
    }
    out.flush();
  }

  private JsonNode post(String path, JsonNode body)
      throws EgressException, MalformedJson, InterruptedException {
    return Json.parse(http.send(request("POST", path, Json.bytes(body))).body());
  }

  private JsonNode get(String path) throws EgressException, MalformedJson, InterruptedException {
    return Json.parse(http.send(request("GET", path, null)).body());
  }

  private EgressRequest request(String method, String path, byte @Nullable [] body) {
    Map<String, String> headers = new HashMap<>(Map.of("X-Token", token));
    if (body != null) {
      headers.put("Content-Type", "application/json");
    }
    return new EgressRequest(
        method, URI.create(server.address() + path), headers, body, TIMEOUT, MAX_RESPONSE);
  }

  private static byte[] resource(String name) {
    try (var in = Demo.class.getResourceAsStream("/demo/" + name)) {
      if (in == null) {
        throw new IllegalStateException("missing resource " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
