package dev.toolwright.model;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Any model behind OpenAI's Chat Completions, OpenAI's own or a compatible server's. Answers come
/// whole; a stream would be a second way to fill the same [ChatReply].
final class OpenAiModel implements ChatModel {
  static final String PROVIDER = "openai";
  private static final int MAX_RESPONSE = 8 << 20;
  private static final int MAX_REMEMBERED = 1_000;

  private final @Nullable String key;
  private final URI endpoint;
  private final Http http;
  private final Clock clock;
  private final OpenAiFault fault;
  private final Set<String> withoutTemperature = ConcurrentHashMap.newKeySet();

  OpenAiModel(ModelSettings settings, Http http, Clock clock) {
    this.key = settings.openAiKey();
    this.endpoint = endpoint(settings.openAiBaseUrl());
    this.http = http;
    this.clock = clock;
    this.fault = new OpenAiFault(key);
  }

  @Override
  public ChatReply reply(ChatRequest request) throws InterruptedException {
    var names = new ToolNames(request.tools());
    var temperature = withoutTemperature.contains(request.model()) ? null : request.temperature();
    var started = clock.instant();
    try {
      var response = send(request, names, temperature, request.timeout(), request.idempotencyKey());
      if (temperature != null && OpenAiFault.refusesTemperature(response)) {
        // Reasoning models take none but their own. Nothing ran, so this is no repetition; a new
        // key, because the body is another.
        if (withoutTemperature.size() < MAX_REMEMBERED) {
          withoutTemperature.add(request.model());
        }
        var left = request.timeout().minus(Duration.between(started, clock.instant()));
        if (!left.isPositive()) {
          return OpenAiFault.TIMED_OUT;
        }
        response = send(request, names, null, left, request.idempotencyKey() + "-t");
      }
      return read(response, names, request.model());
    } catch (EgressException e) {
      return OpenAiFault.of(e);
    }
  }

  private EgressResponse send(
      ChatRequest request,
      ToolNames names,
      @Nullable Double temperature,
      Duration timeout,
      String idempotencyKey)
      throws EgressException, InterruptedException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("Accept", "application/json");
    headers.put("Idempotency-Key", idempotencyKey);
    if (key != null) {
      headers.put("Authorization", "Bearer " + key);
    }
    var body = Json.bytes(OpenAiRequest.body(request, names, temperature));
    return http.send(new EgressRequest("POST", endpoint, headers, body, timeout, MAX_RESPONSE));
  }

  private ChatReply read(EgressResponse response, ToolNames names, String askedModel) {
    if (response.status() != 200) {
      return fault.of(response, clock);
    }
    JsonNode json;
    try {
      json = Json.parse(response.body());
    } catch (MalformedJson e) {
      return OpenAiReply.malformed("no JSON");
    }
    // Gateways wrap a provider's fault into status 200.
    return json.path("error").isObject()
        ? fault.inside(json.path("error"), response, clock)
        : OpenAiReply.read(json, names, askedModel);
  }

  private static URI endpoint(URI base) {
    var path = base.getPath() == null ? "" : base.getPath();
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    try {
      return new URI(
          base.getScheme(), base.getAuthority(), path + "/chat/completions", base.getQuery(), null);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("OPENAI_BASE_URL is no URL", e);
    }
  }
}
