package dev.toolwright.model;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Any model of a provider, asked in the provider's [Protocol]. Answers come whole; a stream would
/// be a second way to fill the same [ChatReply].
final class RemoteModel implements ChatModel {
  private static final int MAX_RESPONSE = 8 << 20;
  private static final int MAX_REMEMBERED = 1_000;

  private final Protocol protocol;
  private final Http http;
  private final Clock clock;
  private final ProviderFault fault;
  private final Set<String> withoutTemperature = ConcurrentHashMap.newKeySet();

  RemoteModel(Protocol protocol, Http http, Clock clock) {
    this.protocol = protocol;
    this.http = http;
    this.clock = clock;
    this.fault = new ProviderFault(protocol.access());
  }

  @Override
  public ChatReply reply(ChatRequest request) throws InterruptedException {
    var endpoint = protocol.endpoint(request.model());
    if (endpoint == null) {
      return fault.noSuchModel();
    }
    var names = new ToolNames(request.tools());
    var temperature = withoutTemperature.contains(request.model()) ? null : request.temperature();
    var started = clock.instant();
    try {
      var key = request.idempotencyKey();
      var response = send(endpoint, request, names, temperature, request.timeout(), key);
      if (temperature != null && refusesTemperature(response)) {
        // Reasoning models take none but their own. Nothing ran, so this is no repetition; a new
        // key, because the body is another.
        if (withoutTemperature.size() < MAX_REMEMBERED) {
          withoutTemperature.add(request.model());
        }
        var left = request.timeout().minus(Duration.between(started, clock.instant()));
        if (!left.isPositive()) {
          return ProviderFault.TIMED_OUT;
        }
        response = send(endpoint, request, names, null, left, key + "-t");
      }
      return read(response, names, request);
    } catch (EgressException e) {
      return fault.of(e);
    }
  }

  private EgressResponse send(
      URI endpoint,
      ChatRequest request,
      ToolNames names,
      @Nullable Double temperature,
      Duration timeout,
      String idempotencyKey)
      throws EgressException, InterruptedException {
    Map<String, String> headers = new LinkedHashMap<>(protocol.headers(idempotencyKey));
    headers.put("Content-Type", "application/json");
    headers.put("Accept", "application/json");
    var body = Json.bytes(protocol.body(request, names, temperature));
    return http.send(new EgressRequest("POST", endpoint, headers, body, timeout, MAX_RESPONSE));
  }

  private boolean refusesTemperature(EgressResponse response) {
    return response.status() == 400
        && protocol.said(response.status(), tolerant(response)).temperature();
  }

  private ChatReply read(EgressResponse response, ToolNames names, ChatRequest request) {
    if (response.status() != 200) {
      return fault.of(protocol.said(response.status(), tolerant(response)), response, clock);
    }
    JsonNode json;
    try {
      json = Json.parse(response.body());
    } catch (MalformedJson e) {
      return malformed("no JSON");
    }
    // Gateways wrap a provider's fault into status 200.
    return json.path("error").isObject()
        ? fault.of(protocol.said(200, json), response, clock)
        : protocol.read(json, request, names);
  }

  static ChatReply malformed(String what) {
    return new ChatReply.Malformed("The model provider's answer cannot be used: it has " + what);
  }

  /// The body, or an empty object for what is no JSON, such as a proxy's page.
  private static JsonNode tolerant(EgressResponse response) {
    try {
      return Json.parse(response.body());
    } catch (MalformedJson e) {
      return Json.object();
    }
  }
}
