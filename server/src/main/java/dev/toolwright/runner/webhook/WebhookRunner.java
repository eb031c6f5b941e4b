package dev.toolwright.runner.webhook;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.OperationCheck;
import dev.toolwright.database.Database;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.run.Callbacks;
import dev.toolwright.run.Effect;
import dev.toolwright.runner.http.Answers;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.WebhookSecrets;
import dev.toolwright.vault.Redaction;
import dev.toolwright.vault.SecretUnreadable;
import dev.toolwright.webhook.WebhookMessage;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Runs `webhook` tools: delivers the arguments, signed, and either answers with what the receiver
/// says at once, or waits for its callback.
public final class WebhookRunner implements Runner {
  private static final int MAX_RESPONSE = 1 << 20;

  /// For a receiver that answers later to say that it has understood.
  private static final Duration DELIVERY = Duration.ofSeconds(30);

  private static final String CALLBACK_FIELD = "callback_url";
  private static final String CALLBACK_HEADER = "Callback-Url";
  private static final String KEY_HEADER = "Idempotency-Key";

  private final Egress egress;
  private final Database database;
  private final WebhookSecrets secrets;
  private final InstantSource clock;

  public WebhookRunner(
      Egress egress, Database database, WebhookSecrets secrets, InstantSource clock) {
    this.egress = egress;
    this.database = database;
    this.secrets = secrets;
    this.clock = clock;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.Webhook.class;
  }

  @Override
  public Config check(Caller caller, Config config, Fields in) {
    var hook = (Config.Webhook) config;
    OperationCheck.fixedHeaders(hook.headers(), in, "implementation.");
    for (var name : hook.headers().keySet()) {
      if (WebhookMessage.owns(name)
          || name.equalsIgnoreCase(KEY_HEADER)
          || name.equalsIgnoreCase(CALLBACK_HEADER)) {
        in.fault("implementation.headers." + name, "is set by the server");
      }
    }
    return hook;
  }

  @Override
  public Outcome run(Invocation call) throws InterruptedException {
    var hook = (Config.Webhook) call.tool().content().config();
    WebhookSecrets.Opened held;
    try {
      held = database.direct(tx -> secrets.open(tx, call.tool().workspaceId(), hook));
    } catch (SecretUnreadable _) {
      return unreadable();
    }
    var callback = callback(call, hook);
    var redaction =
        WebhookRedaction.of(held, callback == null ? null : callback.address().getPath());
    try {
      var response = egress.send(call.workspaces(), request(call, hook, held, callback));
      return judged(response, call, hook, callback, redaction);
    } catch (EgressException e) {
      return failed(e, call, hook, callback);
    }
  }

  private static Outcome unreadable() {
    return new Outcome.Failed(
        "execution_error",
        "The webhook's stored address cannot be read; save it again",
        null,
        false);
  }

  private static Callbacks.@Nullable Opened callback(Invocation call, Config.Webhook hook) {
    if (!hook.callbackRequired()) {
      return null;
    }
    var waiting = call.waiting();
    if (waiting == null) {
      throw new IllegalStateException("a tool that waits was called outside of a run");
    }
    return waiting.callback(call.tool().timeout());
  }

  private EgressRequest request(
      Invocation call,
      Config.Webhook hook,
      WebhookSecrets.Opened held,
      Callbacks.@Nullable Opened callback) {
    var body = call.arguments().deepCopy();
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Accept", "application/json, text/*;q=0.9, */*;q=0.1");
    headers.putAll(hook.headers());
    headers.put(KEY_HEADER, call.idempotencyKey());
    var timeout = call.timeout();
    if (callback != null) {
      body.put(CALLBACK_FIELD, callback.address().toString());
      headers.put(CALLBACK_HEADER, callback.address().toString());
      timeout = timeout.compareTo(DELIVERY) < 0 ? timeout : DELIVERY;
    }
    return new WebhookMessage(call.idempotencyKey(), Json.bytes(body), held.signing())
        .to(
            URI.create(held.address().reveal()),
            hook.method(),
            headers,
            clock.instant(),
            timeout,
            MAX_RESPONSE);
  }

  private Outcome judged(
      EgressResponse response,
      Invocation call,
      Config.Webhook hook,
      Callbacks.@Nullable Opened callback,
      Redaction redaction) {
    var delivered = response.status() >= 200 && response.status() < 300;
    if (delivered && callback != null) {
      return new Outcome.Suspended(callback.on());
    }
    var body = redaction.json(Answers.value(response));
    var value = Json.object().put("delivered", delivered).put("status", response.status());
    value.set("body", response.body().length == 0 ? null : body);
    if (delivered) {
      return new Outcome.Succeeded(value);
    }
    if (response.status() / 100 == 3) {
      var message =
          "%s answered %d: a webhook follows no redirect".formatted(host(hook), response.status());
      return new Outcome.Failed("remote_error", message, value, false);
    }
    return switch (Answers.failed(response, body, host(hook), mayRepeat(call), clock.instant())) {
      case Outcome.Failed failed ->
          new Outcome.Failed(failed.type(), failed.message(), value, failed.retryable());
      case Outcome other -> other;
    };
  }

  private static String host(Config.Webhook hook) {
    return hook.origin().substring(hook.origin().indexOf("://") + 3);
  }

  private static Outcome failed(
      EgressException e,
      Invocation call,
      Config.Webhook hook,
      Callbacks.@Nullable Opened callback) {
    if (callback != null && e.sent() && e.kind() != EgressException.Kind.DENIED) {
      // It may well have arrived, and who has it can still answer.
      return new Outcome.Suspended(callback.on());
    }
    if (e.sent() && !mayRepeat(call) && e.kind() != EgressException.Kind.TOO_LARGE) {
      var sent = Json.object().put("method", hook.method()).put("url", hook.origin());
      sent.put("idempotency_key", call.idempotencyKey()).set("arguments", call.arguments());
      return new Outcome.Unknown(
          "The message was sent and no answer came: it may or may not have taken effect", sent);
    }
    var why = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case DENIED -> new Outcome.Denied(why);
      case TIMEOUT ->
          new Outcome.TimedOut("The receiver did not answer within the timeout of the tool");
      case UNREACHABLE, BROKEN -> new Outcome.Failed("remote_error", why, null, true);
      case TOO_LARGE -> new Outcome.Failed("remote_error", why, null, false);
    };
  }

  private static boolean mayRepeat(Invocation call) {
    return call.tool().content().behavior().effect() != Effect.ONCE;
  }

  /// What a receiver calls back with, scrubbed of what only the two of us know.
  @Override
  public Outcome answered(Tool tool, JsonNode answer) {
    try {
      var held =
          database.direct(
              tx -> secrets.open(tx, tool.workspaceId(), (Config.Webhook) tool.content().config()));
      return new Outcome.Succeeded(WebhookRedaction.of(held, null).json(answer));
    } catch (SecretUnreadable _) {
      return unreadable();
    }
  }
}
