package dev.toolwright.api.system;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Json;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// Routes about the server itself.
public final class SystemRoutes {
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private SystemRoutes() {}

  /// Health and metrics.
  ///
  /// @param probes asked at each `/health/ready`; none of their states may hold a secret
  /// @param scrape the metrics in Prometheus's text format
  /// @param host the address listened on: on a loopback one `/metrics` is open, on any other it
  ///   needs an admin's token
  public static List<Route> routes(List<Probe> probes, Supplier<String> scrape, String host) {
    var access = isLoopback(host) ? Access.PUBLIC : Access.group("admin");
    var role = isLoopback(host) ? Role.VIEWER : Role.ADMIN;
    return List.of(
        Route.of(
            "GET",
            "/health/live",
            Access.PUBLIC,
            Role.VIEWER,
            "Whether the process answers",
            exchange -> exchange.json(200, Json.object().put("status", "live"))),
        Route.of(
                "GET",
                "/health/ready",
                Access.PUBLIC,
                Role.VIEWER,
                "Whether this node can serve, with the state of what it depends on",
                exchange -> ready(probes, exchange))
            .doc(RouteDoc.NONE.description("503 when something it cannot do without is down.")),
        Route.of(
                "GET",
                "/metrics",
                access,
                role,
                "Metrics for Prometheus",
                exchange ->
                    exchange.bytes(200, PROMETHEUS, scrape.get().getBytes(StandardCharsets.UTF_8)))
            .doc(RouteDoc.NONE.type("text/plain")));
  }

  /// The routes given, and `/openapi.json` that describes them and itself.
  public static List<Route> described(List<Route> routes, String version) {
    var all = new ArrayList<Route>(routes);
    var description = new byte[1][];
    all.add(
        Route.of(
            "GET",
            "/openapi.json",
            Access.PUBLIC,
            Role.VIEWER,
            "This description",
            exchange -> exchange.bytes(200, "application/json", description[0])));
    description[0] = Json.bytes(OpenApi.describe(all, version));
    return List.copyOf(all);
  }

  private static void ready(List<Probe> probes, Exchange exchange) {
    var states = Json.object();
    var ready = true;
    for (var probe : probes) {
      var found = probe.check().get();
      states.put(probe.name(), found.state());
      ready &= found.ready();
    }
    ObjectNode answer = Json.object().put("status", ready ? "ready" : "not ready");
    answer.setAll(states);
    if (!ready) {
      exchange.header("Retry-After", "5");
    }
    exchange.json(ready ? 200 : 503, answer);
  }

  private static boolean isLoopback(String host) {
    try {
      return !host.isEmpty() && InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException _) {
      return false;
    }
  }
}
