package dev.toolwright.schedule;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Members;
import dev.toolwright.account.Role;
import dev.toolwright.database.Database;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.run.Priority;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.Vault;
import dev.toolwright.webhook.IncomingSignature;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The hooks of a workspace, and the messages that come to them. A message counts when it is signed
/// with the hook's secret, and once, however often it is sent.
public final class Hooks {
  /// Where their addresses lie on this server.
  public static final String PATH = "/hooks/";

  private static final Pattern ADDRESS = Pattern.compile("([0-9a-f]{24})([0-9a-f]{24})");
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Database database;
  private final Members members;
  private final Starts starts;
  private final Vault vault;
  private final Supplier<URI> server;
  private final InstantSource clock;
  private final HookStore store = new HookStore();

  /// @param server the address of this server as others see it
  public Hooks(
      Database database,
      Members members,
      Starts starts,
      Vault vault,
      Supplier<URI> server,
      InstantSource clock) {
    this.database = database;
    this.members = members;
    this.starts = starts;
    this.vault = vault;
    this.server = server;
    this.clock = clock;
  }

  /// What somebody wants; null: as it is.
  ///
  /// @param secret null for a new one: it is made here
  public record Draft(
      @Nullable String name,
      @Nullable Target target,
      @Nullable Priority priority,
      @Nullable ObjectNode input,
      @Nullable String secret,
      @Nullable Boolean enabled) {
    @Override
    public String toString() {
      return "a hook";
    }
  }

  /// A hook that was made.
  ///
  /// @param secret shown once, to be given to the sender
  public record Made(Hook hook, String secret) {
    @Override
    public String toString() {
      return hook.id();
    }
  }

  /// @throws Problem 404 for the target
  public Made create(Caller caller, Draft draft) {
    caller.require(Role.MEMBER);
    var target = Objects.requireNonNull(draft.target());
    starts.require(caller, target);
    var secret = draft.secret() == null ? newSecret() : draft.secret();
    var id = Ids.next("hook");
    database.useTx(tx ->
        store.insert(
            tx,
            new Hook(
                caller.workspaceId(),
                id,
                caller.userId(),
                Objects.requireNonNullElse(draft.name(), ""),
                target,
                Objects.requireNonNullElse(draft.priority(), Priority.NORMAL),
                Objects.requireNonNull(draft.input()),
                vault.put(tx, caller.workspaceId(), Secret.of(secret)),
                draft.enabled() == null || draft.enabled(),
                Instant.EPOCH)));
    return new Made(get(caller, id), secret);
  }

  private static String newSecret() {
    var bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return "whsec_" + Base64.getEncoder().encodeToString(bytes);
  }

  /// @throws Problem 404
  public Hook update(Caller caller, String id, Draft draft) {
    caller.require(Role.MEMBER);
    var old = get(caller, id);
    var target = draft.target() == null ? old.target() : draft.target();
    starts.require(caller, target);
    database.useTx(tx -> {
      if (draft.secret() != null) {
        vault.delete(tx, old.workspaceId(), old.secretId());
      }
      store.update(
          tx,
          new Hook(
              old.workspaceId(),
              old.id(),
              caller.userId(),
              draft.name() == null ? old.name() : draft.name(),
              target,
              draft.priority() == null ? old.priority() : draft.priority(),
              draft.input() == null ? old.input() : draft.input(),
              draft.secret() == null
                  ? old.secretId()
                  : vault.put(tx, old.workspaceId(), Secret.of(draft.secret())),
              draft.enabled() == null ? old.enabled() : draft.enabled(),
              old.createdAt()));
    });
    return get(caller, id);
  }

  /// One's own; an admin's are all of the workspace.
  ///
  /// @throws Problem 404
  public Hook get(Caller caller, String id) {
    return database
        .direct(tx -> store.find(tx, caller.workspaceId(), id))
        .filter(one -> one.userId().equals(caller.userId()) || caller.isAdmin())
        .orElseThrow(() -> Problem.notFound("Hook", id));
  }

  public List<Hook> list(Caller caller) {
    return database.direct(
        tx -> store.list(tx, caller.workspaceId(), caller.isAdmin() ? null : caller.userId()));
  }

  /// @throws Problem 404
  public void delete(Caller caller, String id) {
    caller.require(Role.MEMBER);
    var one = get(caller, id);
    database.useTx(tx -> {
      store.delete(tx, one);
      vault.delete(tx, one.workspaceId(), one.secretId());
    });
  }

  /// Where its messages go.
  public URI address(Hook hook) {
    return URI.create(server.get() + PATH + digits(hook.workspaceId()) + digits(hook.id()));
  }

  private static String digits(String id) {
    return id.substring(id.indexOf('_') + 1);
  }

  // Messages

  /// Another sending of the same message was first.
  private static final class Taken extends RuntimeException {
    private static final long serialVersionUID = 1;

    Taken() {
      super("taken", null, false, false);
    }
  }

  /// Takes a message.
  ///
  /// @param address the last part of the hook's
  /// @param header finds one by its name
  /// @param event the body as JSON, asked for when the message is known to be signed
  /// @return the id of the run that it starts, or has started
  /// @throws Problem 404 for an address that is none, 401 for a message that is not signed as it
  ///   should be, or what stands against the start
  public String receive(
      String address,
      Function<String, @Nullable String> header,
      byte[] body,
      Supplier<JsonNode> event) {
    var hook =
        find(address)
            .filter(Hook::enabled)
            .orElseThrow(() -> Problem.notFound("Hook", "of this address"));
    var secret = database.direct(tx -> vault.open(tx, hook.workspaceId(), hook.secretId()));
    var id =
        IncomingSignature.verified(secret, header, body, clock.instant())
            .filter(one -> !one.isEmpty() && one.length() <= 200)
            .orElseThrow(() ->
                Problem.of(
                    Problem.Kind.UNAUTHORIZED,
                    "The message is not signed with the secret of this hook, or too long ago"));
    var known = database.direct(tx -> store.taken(tx, hook, id));
    if (known.isPresent()) {
      return known.get();
    }
    return started(hook, id, event.get());
  }

  private String started(Hook hook, String messageId, JsonNode event) {
    var group = hook.target().kind().equals(Target.AGENT) ? "agents" : "workflows";
    var caller =
        members
            .find(hook.workspaceId(), hook.userId(), group)
            .orElseThrow(() ->
                Problem.of(
                    Problem.Kind.FORBIDDEN, "The user of this hook may not start it any more"));
    try {
      return starts.start(
          caller,
          hook.target(),
          hook.priority(),
          hook.input(),
          Map.of("event", event),
          (tx, runId) -> {
            if (!store.take(tx, hook, messageId, runId)) {
              throw new Taken();
            }
          });
    } catch (Taken e) {
      return database.direct(tx -> store.taken(tx, hook, messageId)).orElseThrow(() -> e);
    }
  }

  private Optional<Hook> find(String address) {
    var parts = ADDRESS.matcher(address);
    return parts.matches()
        ? database.direct(tx -> store.find(tx, "ws_" + parts.group(1), "hook_" + parts.group(2)))
        : Optional.empty();
  }

  /// Forgets messages that nobody sends again: for a chore.
  public void forgetOld() {
    database.useTx(store::forgetOld);
  }
}
