package dev.toolwright.catalog;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.LoginRefused;
import dev.toolwright.connection.mcp.McpClient;
import dev.toolwright.connection.mcp.McpFailure;
import dev.toolwright.connection.mcp.Place;
import dev.toolwright.connection.mcp.Places;
import dev.toolwright.database.Database;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.vault.SecretUnreadable;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the servers of the catalogue's tools now and then, each on one node at a time. A tool
/// whose server does not answer three times in a row, or never did, is in error; it comes back by
/// itself.
public final class Health implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);
  private static final int EVERY_SECONDS = 30;
  private static final int THRESHOLD = 3;
  private static final int AT_ONCE = 20;
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// How long a container may be up before it answers.
  private static final Duration WARM_UP = Duration.ofSeconds(30);

  private static final int MAX_ANSWER = 1 << 20;

  private final Database database;
  private final Connections connections;
  private final Egress egress;
  private final McpClient mcp;
  private final Places places;
  private final Audit audit;
  private final InstantSource clock;
  private final ServiceStore store = new ServiceStore();
  private final Thread thread;

  public Health(
      Database database,
      Connections connections,
      Egress egress,
      McpClient mcp,
      Places places,
      Audit audit,
      InstantSource clock) {
    this.database = database;
    this.connections = connections;
    this.egress = egress;
    this.mcp = mcp;
    this.places = places;
    this.audit = audit;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("tool-health").start(this::repeat);
  }

  private void repeat() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        try {
          look();
        } catch (RuntimeException e) {
          LOG.debug("The health of tools is looked at again later", e);
        }
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  private void look() throws InterruptedException {
    var due = database.inTx(tx -> store.due(tx, EVERY_SECONDS, AT_ONCE));
    var looking =
        due.stream()
            .map(one -> Thread.ofVirtual().name("tool-health").start(() -> lookAt(one)))
            .toList();
    for (var one : looking) {
      one.join();
    }
  }

  private void lookAt(ServiceStore.Due one) {
    try {
      var service = database.direct(tx -> store.find(tx, one.workspaceId(), one.toolId()));
      if (service.isPresent() && service.get().status() != Status.INACTIVE) {
        looked(one, service.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("The health of {} is looked at again later", one.toolId(), e);
    }
  }

  /// Looks at a tool's server now.
  ///
  /// @throws Problem 409 for a tool that has none
  public void check(Caller caller, CatalogTool tool) throws InterruptedException {
    var service = tool.service();
    if (service == null || service.connectionId() == null) {
      throw Problem.of(
          Problem.Kind.CONFLICT,
          "Tool '" + Catalog.title(tool.tool()) + "' has no server to look at",
          Map.of("activeAgents", List.of(), "action", "health-check"));
    }
    caller.require(Role.MEMBER);
    var one =
        new ServiceStore.Due(tool.tool().workspaceId(), tool.tool().id(), tool.tool().ownerId());
    looked(one, service);
  }

  private void looked(ServiceStore.Due one, Service service) throws InterruptedException {
    var fault = fault(one, service);
    switch (places.of(service.connectionId()).orElse(null)) {
      case Place.Outside(var why) -> noted(one, fault == null ? null : fault + ". " + why);
      case Place.Starting _ -> {}
      case Place.Running(_, _, var since) -> {
        if (fault == null || since.isBefore(clock.instant().minus(WARM_UP))) {
          noted(one, fault);
        }
      }
      case Place.Failed _ -> noted(one, fault);
      case null -> noted(one, fault);
    }
  }

  /// What is wrong with a tool's server; null: nothing.
  private @Nullable String fault(ServiceStore.Due one, Service service)
      throws InterruptedException {
    var connection = connection(one, service).orElse(null);
    if (connection == null) {
      return "The server of this tool is gone";
    }
    try {
      if (service.healthEndpoint() != null) {
        return answered(one, connection, service.healthEndpoint());
      }
      mcp.tools(asker(one, connection), PATIENCE);
      return null;
    } catch (EgressException e) {
      return connection.content().baseUrl() + ": " + e.getMessage();
    } catch (McpFailure e) {
      return e.says();
    } catch (LoginRefused e) {
      return String.valueOf(e.getMessage());
    } catch (SecretUnreadable e) {
      return "Its stored credential cannot be read; save it again";
    }
  }

  private Optional<Connection> connection(ServiceStore.Due one, Service service) {
    return service.connectionId() == null
        ? Optional.empty()
        : connections.usableBy(one.workspaceId(), one.ownerId(), service.connectionId());
  }

  private static McpClient.Asker asker(ServiceStore.Due one, Connection connection) {
    return new McpClient.Asker(connection, connection.ownerId(), Set.of(one.workspaceId()));
  }

  private @Nullable String answered(ServiceStore.Due one, Connection connection, String endpoint)
      throws EgressException, InterruptedException {
    switch (places.of(connection.id()).orElse(null)) {
      case Place.Starting _ -> {
        return "Its container is starting";
      }
      case Place.Failed(_, var says) -> {
        return says;
      }
      case Place.Running(_, var address, _) -> {
        return answered(egress.only(address), List.of(), address + inside(endpoint));
      }
      case Place.Outside _ -> {}
      case null -> {}
    }
    var base = connection.content().baseUrl();
    var url =
        endpoint.contains("://")
            ? endpoint
            : base.replaceAll("/+$", "") + (endpoint.startsWith("/") ? "" : "/") + endpoint;
    return answered(egress, List.of(one.workspaceId()), url);
  }

  /// An address of a container is that of the outside; its path and query count.
  private static String inside(String endpoint) {
    var target = endpoint.replaceFirst("^[a-z]+://[^/?#]*", "");
    return target.startsWith("/") ? target : "/" + target;
  }

  private static @Nullable String answered(Egress way, List<String> workspaces, String url)
      throws EgressException, InterruptedException {
    var request = new EgressRequest("GET", URI.create(url), Map.of(), null, PATIENCE, MAX_ANSWER);
    var status = way.send(workspaces, request.withoutRedirects()).status();
    return status / 100 == 2 ? null : url + " answered " + status;
  }

  private void noted(ServiceStore.Due one, @Nullable String fault) {
    database.useTx(tx -> {
      var now = store.lock(tx, one).orElse(null);
      if (now == null) {
        return; // deleted meanwhile
      }
      var failures = fault == null ? 0 : now.failures() + 1;
      var lost = failures >= THRESHOLD || (fault != null && now.lastHealthCheck() == null);
      var status =
          switch (now.status()) {
            case INACTIVE -> Status.INACTIVE;
            case ERROR -> fault == null ? Status.ACTIVE : Status.ERROR;
            case ACTIVE -> lost ? Status.ERROR : Status.ACTIVE;
          };
      var message = status == Status.ERROR ? fault : null;
      store.checked(tx, one, fault == null, status, message, failures);
      if (status != now.status()) {
        audit.record(
            tx,
            one.workspaceId(),
            null,
            "tool_health_changed",
            one.toolId(),
            Json.object().put("status", status.key()).put("message", message));
      }
    });
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
