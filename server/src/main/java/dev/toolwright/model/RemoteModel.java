package dev.toolwright.model;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.json.Json;
import dev.toolwright.model.Protocol.Option;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Any model of a provider, asked in the provider's [Protocol], for a stream where it gives one.
final class RemoteModel implements ChatModel {
  /// On the wire, where a token takes some hundred bytes.
  private static final int MAX_RESPONSE = 64 << 20;

  private static final int MAX_REMEMBERED = 1_000;

  private final Protocol protocol;
  private final Http http;
  private final Clock clock;
  private final ProviderFault fault;

  /// By model, what it was found to refuse.
  private final Map<String, Set<Option>> refused = new ConcurrentHashMap<>();

  RemoteModel(Protocol protocol, Http http, Clock clock) {
    this.protocol = protocol;
    this.http = http;
    this.clock = clock;
    this.fault = new ProviderFault(protocol.access());
  }

  @Override
  public ChatReply reply(ChatRequest request, Consumer<String> heard) throws InterruptedException {
    var endpoint = protocol.endpoint(request.model());
    if (endpoint == null) {
      return fault.noSuchModel();
    }
    var names = new ToolNames(request.tools());
    var reader = new ReplyReader(protocol, fault, clock, request, names, heard);
    var without = EnumSet.noneOf(Option.class);
    without.addAll(refused.getOrDefault(request.model(), Set.of()));
    var started = clock.instant();
    try {
      while (true) {
        var left = request.timeout().minus(Duration.between(started, clock.instant()));
        if (!left.isPositive()) {
          return ProviderFault.TIMED_OUT;
        }
        var outgoing = outgoing(endpoint, request, names, without, left);
        var read = http.stream(outgoing, request.silence(), reader);
        if (read.refused() == null || !without.add(read.refused())) {
          return read.reply();
        }
        // Nothing ran, so to ask again is no repetition.
        remember(request.model(), read.refused());
      }
    } catch (EgressException e) {
      return fault.of(e);
    }
  }

  private void remember(String model, Option option) {
    if (refused.size() < MAX_REMEMBERED) {
      refused.computeIfAbsent(model, _ -> ConcurrentHashMap.newKeySet()).add(option);
    }
  }

  private EgressRequest outgoing(
      URI endpoint, ChatRequest request, ToolNames names, Set<Option> without, Duration timeout) {
    var headers = new LinkedHashMap<>(protocol.headers(key(request, without)));
    headers.put("Content-Type", "application/json");
    headers.put("Accept", "application/json");
    // Compressed, a stream would come in lumps.
    headers.put("Accept-Encoding", "identity");
    var options = EnumSet.allOf(Option.class);
    options.removeAll(without);
    var body = Json.bytes(protocol.body(request, names, options));
    return new EgressRequest("POST", endpoint, headers, body, timeout, MAX_RESPONSE);
  }

  /// Another body has another key.
  private static String key(ChatRequest request, Set<Option> without) {
    var key = new StringBuilder(request.idempotencyKey());
    without.forEach(
        option -> key.append("-without-").append(option.name().toLowerCase(Locale.ROOT)));
    return key.toString();
  }

  static ChatReply malformed(String what) {
    return new ChatReply.Malformed("The model provider's answer cannot be used: it has " + what);
  }
}
