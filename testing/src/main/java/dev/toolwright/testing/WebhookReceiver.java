package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A receiver of webhooks that believes nothing: a message whose id, time, signature, body or
/// `Idempotency-Key` is not as Standard Webhooks has it is refused with 400 or 401 and the reason
/// noted. Each path is an endpoint with a secret of its own and answers as it was told.
public final class WebhookReceiver implements AutoCloseable {
  private static final long TOLERANCE_SECONDS = 300;
  private static final int MAX_BODY = 16 << 20;

  private final FixtureServer server;
  private final Map<String, String> secrets = new ConcurrentHashMap<>();
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final Map<String, String> bodies = new ConcurrentHashMap<>();
  private final List<Message> messages = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  /// One message that was accepted as genuine, whatever was answered to it.
  ///
  /// @param key its `Idempotency-Key`, or empty
  /// @param headers names in lower case
  public record Message(
      String method,
      String path,
      String id,
      long timestamp,
      String key,
      JsonNode body,
      Map<String, String> headers) {}

  /// What an endpoint answers, perhaps after having done something.
  @FunctionalInterface
  public interface Reply {
    /// @param count how many messages the path has had, this one included
    Answer to(Message message, int count) throws InterruptedException;
  }

  /// @param headers of the answer
  public record Answer(int status, Map<String, String> headers, String body) {
    public static Answer of(int status, String body) {
      return new Answer(status, Map.of(), body);
    }
  }

  public WebhookReceiver() {
    this.server = new FixtureServer(0, this::handle);
  }

  /// Without a trailing slash.
  public URI baseUrl() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /// From now on messages to a path must be signed with this secret.
  public void secret(String path, String secret) {
    secrets.put(path, secret);
  }

  public void at(String path, Reply reply) {
    replies.put(path, reply);
  }

  public void at(String path, int status, String body) {
    at(path, (_, _) -> Answer.of(status, body));
  }

  /// Answers never, until the fixture closes.
  public void hang() throws InterruptedException {
    server.hang();
  }

  /// The genuine messages of a path, oldest first.
  public List<Message> messages(String path) {
    synchronized (messages) {
      return messages.stream().filter(message -> message.path().equals(path)).toList();
    }
  }

  /// Why messages were refused.
  public List<String> faults() {
    synchronized (messages) {
      return List.copyOf(faults);
    }
  }

  @Override
  public void close() {
    server.close();
  }

  private void handle(HttpExchange exchange) throws IOException, InterruptedException {
    var body = exchange.getRequestBody().readNBytes(MAX_BODY);
    var headers = new TreeMap<String, String>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
    Message message;
    try {
      message = message(exchange, headers, body);
    } catch (Fault fault) {
      synchronized (messages) {
        faults.add(exchange.getRequestURI().getPath() + ": " + fault.getMessage());
      }
      FixtureServer.json(exchange, fault.status, Map.of("error", fault.getMessage()));
      return;
    }
    int count;
    synchronized (messages) {
      messages.add(message);
      count = messages(message.path()).size();
    }
    var reply = replies.get(message.path());
    var answer = reply == null ? Answer.of(200, "{\"received\": true}") : reply.to(message, count);
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    FixtureServer.answer(
        exchange,
        answer.status(),
        "application/json",
        answer.body().getBytes(StandardCharsets.UTF_8));
  }

  private Message message(HttpExchange exchange, Map<String, String> headers, byte[] body)
      throws Fault {
    var path = exchange.getRequestURI().getPath();
    var id = header(headers, "webhook-id");
    if (id.contains(".")) {
      throw new Fault(400, "the id holds a dot");
    }
    var time = header(headers, "webhook-timestamp");
    if (!time.matches("[0-9]{10}")
        || Math.abs(Long.parseLong(time) - System.currentTimeMillis() / 1_000)
            > TOLERANCE_SECONDS) {
      throw new Fault(401, "the time is none, or too far off");
    }
    if (!header(headers, "content-type").startsWith("application/json")) {
      throw new Fault(400, "the body is not said to be JSON");
    }
    var secret = secrets.get(path);
    if (secret != null) {
      verify(secret, id, time, body, header(headers, "webhook-signature"));
    }
    var key = headers.getOrDefault("idempotency-key", "");
    var text = new String(body, StandardCharsets.UTF_8);
    if (!key.isEmpty() && !text.equals(bodies.computeIfAbsent(path + ' ' + key, _ -> text))) {
      throw new Fault(409, "another body under the same Idempotency-Key");
    }
    return new Message(
        exchange.getRequestMethod(),
        path,
        id,
        Long.parseLong(time),
        key,
        parsed(body),
        new LinkedHashMap<>(headers));
  }

  private static JsonNode parsed(byte[] body) throws Fault {
    try {
      return FixtureServer.JSON.readTree(body);
    } catch (JacksonException e) {
      throw new Fault(400, "the body is no JSON");
    }
  }

  private static String header(Map<String, String> headers, String name) throws Fault {
    var value = headers.getOrDefault(name, "");
    if (value.isEmpty()) {
      throw new Fault(401, "there is no " + name);
    }
    return value;
  }

  /// One of the signatures must be right; each must be of the one scheme there is.
  private static void verify(String secret, String id, String time, byte[] body, String signatures)
      throws Fault {
    var key =
        secret.startsWith("whsec_")
            ? Base64.getDecoder().decode(secret.substring("whsec_".length()))
            : secret.getBytes(StandardCharsets.UTF_8);
    var expected = ("v1," + signed(key, id, time, body)).getBytes(StandardCharsets.UTF_8);
    for (var one : signatures.split(" ", -1)) {
      if (!one.startsWith("v1,")) {
        throw new Fault(401, "a signature is of no known scheme");
      }
      if (MessageDigest.isEqual(expected, one.getBytes(StandardCharsets.UTF_8))) {
        return;
      }
    }
    throw new Fault(401, "the signature is wrong");
  }

  private static String signed(byte[] key, String id, String time, byte[] body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update((id + '.' + time + '.').getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Fault extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    Fault(int status, String message) {
      super(message);
      this.status = status;
    }
  }
}
