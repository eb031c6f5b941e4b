package dev.toolwright.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.NewUser;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.testing.TemporalServer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Runs on a real database, with as many nodes as a test wants. Each test takes programs of its
/// own, so that no node works on another test's runs.
final class RunFixture implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  /// Shares the runs among the nodes; null: PostgreSQL does.
  private final @Nullable TemporalServer temporal;

  final TestDatabase test = TestDatabase.fresh();
  final Database database = test.database();
  final RunStore store = new RunStore();
  final JournalStore journals = new JournalStore();
  final LoadStore loads = new LoadStore();
  final ClaimStore claims = new ClaimStore();
  final Caller user = newWorkspace();
  final Map<String, RunListener> listeners = new ConcurrentHashMap<>();
  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final Notices notices = keep(new Notices(database, "submitter"));
  final Runs runs = runs(notices);

  RunFixture() {
    this(null);
  }

  private RunFixture(@Nullable TemporalServer temporal) {
    this.temporal = temporal;
  }

  /// One whose runs Temporal shares.
  static RunFixture onTemporal() {
    return new RunFixture(new TemporalServer());
  }

  /// What a program does, without its name.
  interface Body {
    Halt run(Journal journal) throws InterruptedException;
  }

  private Runs runs(Notices told) {
    return new Runs(
        database,
        told,
        List.of((tx, ended) -> {
          for (var one : ended) {
            var listener = listeners.get(one.run().program());
            if (listener != null) {
              listener.ended(tx, List.of(one));
            }
          }
        }));
  }

  /// A user in a workspace of their own.
  Caller newWorkspace() {
    var accounts = new Accounts(database, new Audit(), InstantSource.system());
    var name = "w" + NUMBER.incrementAndGet();
    var workspace = database.inTx(tx -> accounts.createWorkspace(tx, name));
    try {
      return accounts.createUser(new NewUser(workspace, name, null, Role.MEMBER, 1, Set.of()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// A program under a name that nobody else has.
  static Program program(Body body) {
    var name = "test/" + NUMBER.incrementAndGet();
    return new Program() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Halt run(Journal journal) throws InterruptedException {
        return body.run(journal);
      }
    };
  }

  /// A node that works until the fixture, or the test, closes it.
  Dispatcher node(int slots, Program... programs) {
    var id = "node" + NUMBER.incrementAndGet() + ".boot";
    var told = keep(new Notices(database, id));
    var server =
        temporal == null
            ? null
            : new Temporal(temporal.address(), "default", Duration.ofSeconds(10));
    var dispatcher = keep(runs(told).dispatcher(List.of(programs), id, "test", slots, server));
    dispatcher.start();
    return dispatcher;
  }

  private <T extends AutoCloseable> T keep(T part) {
    closing.push(part);
    return part;
  }

  Run submit(Program program) {
    return submit(user, program.name(), null, Duration.ofHours(1));
  }

  Run submit(Caller by, String program, @Nullable String serial, Duration timeout) {
    var run = submitted(by, program, serial, timeout);
    database.useTx(tx -> runs.submit(tx, List.of(run)));
    runs.submitted();
    return database.direct(tx -> store.find(tx, by.workspaceId(), run.id())).orElseThrow();
  }

  Run submit(Caller by, String program, Priority priority) {
    var run = submitted(by, program, null, Duration.ofHours(1)).at(priority);
    database.useTx(tx -> runs.submit(tx, List.of(run)));
    return database.direct(tx -> store.find(tx, by.workspaceId(), run.id())).orElseThrow();
  }

  /// As many users' submits that come at the same time are stored.
  void submitTogether(Caller by, String program, int count) {
    var all =
        Stream.generate(() -> submitted(by, program, null, Duration.ofHours(1)))
            .limit(count)
            .toList();
    database.useTx(tx -> runs.submit(tx, all));
  }

  private static NewRun submitted(
      Caller by, String program, @Nullable String serial, Duration timeout) {
    return new NewRun(
        Ids.next("run"),
        by.workspaceId(),
        by.userId(),
        "test",
        program,
        Json.object(),
        Json.object(),
        serial,
        null,
        timeout);
  }

  Run now(Run run) {
    return runs.find(run.workspaceId(), run.id()).orElseThrow();
  }

  Run until(Run run, RunState state) {
    await()
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(now(run).state()).isEqualTo(state));
    return now(run);
  }

  /// Announces a node that does nothing by itself.
  String silentNode() {
    var id = "silent" + NUMBER.incrementAndGet() + ".boot";
    database.useTx(tx -> claims.announce(tx, id.substring(0, id.indexOf('.')), id, "test"));
    return id;
  }

  List<Run> claim(String node, String program, int room) {
    return database.inTx(tx -> claims.claim(tx, node, List.of(program), room));
  }

  /// The node has not beaten for ten seconds; whoever looks takes its runs.
  List<Run> die(String node) {
    sql("update node set beat = beat - interval '10 seconds' where id = '" + node + "'");
    return reaped();
  }

  List<Run> reaped() {
    return database.inTx(claims::reap);
  }

  boolean beats(String node) {
    try (var line = database.line("beat", Duration.ofSeconds(2))) {
      return line.direct(tx -> claims.beat(tx, node));
    }
  }

  List<Run> held(String node) {
    return database.direct(tx -> claims.held(tx, node));
  }

  void sql(String statement) {
    database.useTx(tx -> tx.handle().execute(statement));
  }

  <T> T one(String query, Class<T> type) {
    return database.direct((Tx tx) -> tx.handle().createQuery(query).mapTo(type).one());
  }

  List<Boolean> store(List<JournalStore.Progress> all) {
    return database.direct(tx -> journals.store(tx, all));
  }

  /// The run as it ended; empty when its fence no longer held.
  Optional<Run> end(Run run, RunState state) {
    var ending = new JournalStore.Ending(run, state, Json.object(), null, List.of(), List.of());
    return database
        .inTx(tx -> journals.end(tx, List.of(ending)))
        .getFirst()
        .map(JournalStore.Over::run);
  }

  List<RunEvent> events(Run run) {
    return database.direct(tx -> store.events(tx, run.workspaceId(), run.id(), 0, 10_000));
  }

  List<Step> steps(Run run) {
    return database.direct(tx -> List.copyOf(loads.load(tx, run).steps().values()));
  }

  RunData data(Run run) {
    return runs.data(run);
  }

  String error(Run run) {
    var error = data(run).error();
    return error == null ? "" : error.path("type").asString();
  }

  /// Until the run waits for a decision about this attempt.
  Run asked(Run run, int attempt) {
    await()
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> isAsked(run, attempt));
    return now(run);
  }

  private boolean isAsked(Run run, int attempt) {
    return runs.openWaits(now(run)).stream()
        .map(Wait::question)
        .anyMatch(
            question -> question != null && question.path("attempt").asInt(attempt) == attempt);
  }

  Run resolve(Run run, String action, @Nullable JsonNode result) {
    return runs.resolve(run, null, action, result, user.userId());
  }

  /// Ends what a test left behind, so that the next begins with nothing.
  void quiet() {
    while (closing.size() > 1) {
      try {
        closing.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    sql("delete from run");
    sql("delete from node");
  }

  @Override
  public void close() {
    quiet();
    notices.close();
    if (temporal != null) {
      temporal.close();
    }
    test.close();
  }
}
