package dev.toolwright.runner.http;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.Auth;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Endpoint;
import dev.toolwright.connection.Endpoints;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Schemas;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import dev.toolwright.tool.Tool;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Runs tools that are an endpoint of a connection: as the endpoint is now, and only with answers
/// that fit it.
public final class EndpointRunner implements Runner {
  private final Endpoints endpoints;
  private final Schemas schemas;
  private final HttpRunner http;

  public EndpointRunner(Endpoints endpoints, Schemas schemas, HttpRunner http) {
    this.endpoints = endpoints;
    this.schemas = schemas;
    this.http = http;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.Endpoint.class;
  }

  @Override
  public Config check(Caller caller, Config config, Fields in) {
    var id = ((Config.Endpoint) config).endpointId();
    var endpoint = endpoints.usableBy(caller.workspaceId(), caller.userId(), id);
    if (endpoint.isEmpty()) {
      in.fault("implementation.endpoint_id", "names no endpoint that you may use: " + id);
      return config;
    }
    return new Config.Endpoint(id, endpoint.get().content().operation().method());
  }

  @Override
  public Connection.Retry retry(Tool tool) {
    return endpoint(tool)
        .map(endpoint -> http.retry(of(tool, endpoint)))
        .orElseGet(() -> Runner.super.retry(tool));
  }

  @Override
  public Optional<Outcome.Invalid> refused(Tool tool, ObjectNode arguments) {
    return endpoint(tool).flatMap(endpoint -> http.refused(of(tool, endpoint), arguments));
  }

  @Override
  public Outcome run(Invocation call) throws InterruptedException {
    var found = endpoint(call.tool());
    if (found.isEmpty()) {
      return new Outcome.Denied(
          "The endpoint of this tool is gone, or its owner may not use it any more");
    }
    var endpoint = found.get();
    var limit = endpoint.content().timeoutMs();
    var timeout =
        limit != null && limit < call.timeout().toMillis()
            ? Duration.ofMillis(limit)
            : call.timeout();
    var outcome = http.run(call.with(of(call.tool(), endpoint), timeout));
    var schema = endpoint.content().responseSchema();
    if (!(outcome instanceof Outcome.Succeeded(var value)) || schema == null) {
      return outcome;
    }
    var faults = schemas.check(schema, value);
    return faults.isEmpty()
        ? outcome
        : new Outcome.Failed(
            "remote_error",
            "The answer does not fit the endpoint's response schema: " + faults.getFirst(),
            value,
            false);
  }

  private Optional<Endpoint> endpoint(Tool tool) {
    return endpoints.usableBy(
        tool.workspaceId(),
        tool.ownerId(),
        ((Config.Endpoint) tool.content().config()).endpointId());
  }

  private static Tool of(Tool tool, Endpoint endpoint) {
    return tool.with(
        new Config.HttpApi(
            endpoint.content().operation(),
            new Auth.None(),
            null,
            endpoint.content().connectionId()));
  }
}
