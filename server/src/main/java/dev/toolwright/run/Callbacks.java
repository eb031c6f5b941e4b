package dev.toolwright.run;

import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.vault.Vault;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// One-time addresses: whoever is given one can answer the step of a run that waits for it, with no
/// other credential. The address of a step stays the same when the step is repeated after a crash;
/// only a hash of its token is stored.
public final class Callbacks {
  /// Where the addresses lie on this server.
  public static final String PATH = "/callbacks/";

  /// The digits of the workspace, so that the row is found by its key, then those of the secret.
  private static final Pattern TOKEN = Pattern.compile("([0-9a-f]{24})([0-9a-f]{64})");

  private static final String BY = "callback";

  private final Database database;
  private final Notices notices;
  private final Vault vault;
  private final Supplier<URI> server;
  private final RunStore runs = new RunStore();
  private final WaitStore store = new WaitStore();

  /// @param server the address of this server as others see it
  public Callbacks(Database database, Notices notices, Vault vault, Supplier<URI> server) {
    this.database = database;
    this.notices = notices;
    this.vault = vault;
    this.server = server;
  }

  /// A wait that was opened, and the address that answers it.
  public record Opened(URI address, Wait on) {}

  /// Opens the wait of a step that is about to act.
  ///
  /// @param question shown to whoever looks at the job
  public Opened open(Journal journal, String stepKey, Duration time, JsonNode question) {
    var run = journal.run();
    var token =
        digits(run.workspaceId())
            + database
                .direct(tx -> vault.token(tx, "callback", run.workspaceId(), run.id(), stepKey))
                .reveal();
    var wait = journal.open(stepKey, Wait.CALLBACK, time, hash(token), question);
    return new Opened(URI.create(server.get() + PATH + token), wait);
  }

  /// Takes the answer to whatever waits behind a token. The first counts; the same again does no
  /// harm.
  ///
  /// @param answer is asked for only when it can still matter
  /// @throws Problem 404 for a token that nobody was given, 409 for another answer than the first,
  ///   410 when the time is over
  public void answer(String token, Supplier<JsonNode> answer) {
    var asked = find(token).orElseThrow(() -> Problem.notFound("Callback", "of this address"));
    if (asked.isOver()) {
      throw over();
    }
    var value = answer.get();
    if (database.inTx(tx -> taken(tx, asked, value))) {
      notices.add(Runs.READY);
      notices.add(Runs.topic(asked.runId()));
      return;
    }
    var now = find(token).orElseThrow(Callbacks::over);
    if (now.answer() == null) {
      throw over();
    }
    if (!now.answer().equals(value)) {
      throw Problem.of(Problem.Kind.CONFLICT, "This callback was answered already, differently");
    }
  }

  private boolean taken(Tx tx, WaitStore.Asked asked, JsonNode value) {
    // The run is locked first, as by everybody who signals one.
    var open =
        runs.lock(tx, asked.workspaceId(), asked.runId())
            .filter(run -> !run.state().hasEnded())
            .isPresent();
    if (!open || !store.answerInTime(tx, asked, value, BY)) {
      return false;
    }
    runs.wake(tx, asked.workspaceId(), asked.runId(), false);
    return true;
  }

  private Optional<WaitStore.Asked> find(String token) {
    var parts = TOKEN.matcher(token);
    return parts.matches()
        ? database.direct(tx -> store.find(tx, "ws_" + parts.group(1), hash(token)))
        : Optional.empty();
  }

  private static Problem over() {
    return Problem.of(Problem.Kind.GONE, "The time to answer this callback is over");
  }

  private static String digits(String id) {
    return id.substring(id.indexOf('_') + 1);
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
