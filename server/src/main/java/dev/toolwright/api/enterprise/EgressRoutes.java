package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.account.WorkspaceEgress;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.egress.EgressRules;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/workspaces/{workspace_id}/egress`: where the requests of a workspace may go.
public final class EgressRoutes {
  private static final int MOST = 500;
  private static final int LONGEST = 300;

  private final WorkspaceEgress egress;

  public EgressRoutes(WorkspaceEgress egress) {
    this.egress = egress;
  }

  public List<Route> routes() {
    var path = "/api/workspaces/{workspace_id}/egress";
    var example = Json.object();
    example.putArray("allow").add("https://*.example.com").add("10.1.0.0/16:8443");
    example.putArray("deny").add("legacy.example.com");
    return List.of(
        Route.of(
            "GET",
            path,
            Shapes.ADMIN,
            Role.ADMIN,
            "Where the requests of the workspace may go",
            exchange ->
                exchange.json(200, shown(exchange, egress.get(exchange.caller(), id(exchange))))),
        Route.of(
                "PUT",
                path,
                Shapes.ADMIN,
                Role.ADMIN,
                "Narrow where the requests of the workspace may go",
                this::change)
            .doc(
                RouteDoc.NONE
                    .description(
                        "Entries are hosts, *.hosts, addresses or CIDR blocks, each also with :port"
                            + " and https:// or http://. allow is null for all that the server"
                            + " allows; with a list nothing else is reached. deny wins. Neither"
                            + " opens what the server denies.")
                    .request(Shapes.schema("allow", "deny"), example)));
  }

  private static String id(Exchange exchange) {
    return exchange.path("workspace_id");
  }

  private void change(Exchange exchange) {
    var in = Fields.of(exchange.body());
    in.ignore("workspace_id", "changed_at");
    var named = in.names("allow");
    var allow = rules(in, "allow");
    var deny = rules(in, "deny");
    if (!named && deny == null) {
      in.fault("allow", "or deny is required");
    }
    in.finish();
    var change = new WorkspaceEgress.Change(named, allow, deny);
    exchange.json(200, shown(exchange, egress.change(exchange.caller(), id(exchange), change)));
  }

  private static @Nullable List<String> rules(Fields in, String name) {
    var rules = in.texts(name, MOST, LONGEST);
    if (rules != null) {
      for (var i = 0; i < rules.size(); i++) {
        if (!EgressRules.isRule(rules.get(i))) {
          in.fault(name + "[" + i + "]", EgressRules.FAULT);
        }
      }
    }
    return rules;
  }

  private static ObjectNode shown(Exchange exchange, WorkspaceEgress.Said said) {
    var shown = Json.object().put("workspace_id", id(exchange));
    shown.set("allow", said.allow() == null ? null : Json.tree(said.allow()));
    shown.set("deny", Json.tree(said.deny()));
    return shown.put("changed_at", Shapes.time(said.changedAt()));
  }
}
