package dev.toolwright;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Users;
import dev.toolwright.account.WorkspaceEgress;
import dev.toolwright.account.Workspaces;
import dev.toolwright.api.system.DocsRoutes;
import dev.toolwright.api.system.Probe;
import dev.toolwright.api.system.SystemRoutes;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.Web;
import dev.toolwright.api.web.WebSettings;
import dev.toolwright.audit.Audit;
import dev.toolwright.config.Settings;
import dev.toolwright.config.SettingsFault;
import dev.toolwright.credit.Credits;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.embedded.EmbeddedSettings;
import dev.toolwright.definition.Definitions;
import dev.toolwright.egress.DriverHosts;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.Resolver;
import dev.toolwright.idempotency.Idempotency;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Schemas;
import dev.toolwright.run.Dispatcher;
import dev.toolwright.run.Temporal;
import dev.toolwright.sandbox.JavaScript;
import dev.toolwright.sandbox.JavaScriptSettings;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.sandbox.SandboxSettings;
import dev.toolwright.sandbox.SandboxStatus;
import dev.toolwright.vault.KeyWatch;
import dev.toolwright.vault.Vault;
import dev.toolwright.vault.VaultRefused;
import dev.toolwright.workflow.NestedRunner;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All wiring: every part is made here, in order, and closed in reverse.
final class Platform implements RunningServer {
  private static final Logger LOG = LoggerFactory.getLogger(Platform.class);
  private static final Duration DRAIN = Duration.ofSeconds(10);
  private static final Duration TEMPORAL_ANSWER = Duration.ofSeconds(10);
  private static final Duration SPARE_DELAY = Duration.ofSeconds(3);

  private final Settings settings;
  private final Resolver resolver;
  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final List<String> greeting = new ArrayList<>();
  private @Nullable Web web;
  private @Nullable Dispatcher dispatcher;
  private Runnable letGo = () -> {};
  private Supplier<Credits.Balance> adminBalance = () -> Credits.Balance.NONE;

  private Platform(Settings settings, Resolver resolver) {
    this.settings = settings;
    this.resolver = resolver;
  }

  /// Opens all of it, or nothing.
  ///
  /// @throws SettingsFault with sentences when something that was configured cannot be used
  static Platform open(Settings settings) throws InterruptedException {
    return open(settings, Resolver.system());
  }

  /// The same with another source of names than the operating system.
  static Platform open(Settings settings, Resolver resolver) throws InterruptedException {
    var platform = new Platform(settings, resolver);
    var opened = false;
    try {
      platform.open();
      opened = true;
      return platform;
    } finally {
      if (!opened) {
        platform.close();
      }
    }
  }

  private void open() throws InterruptedException {
    var clock = Clock.offset(Clock.systemUTC(), settings.testClockOffset());
    var foundation = keep(Foundation.open(settings));
    var database = foundation.database();
    var home = foundation.home().path();
    var nodeId = settings.nodeName() + "-" + NodeIdentity.of(home) + "." + Ids.random(4);
    var notices = keep(new Notices(database, nodeId));
    var vault = vault(foundation);
    keep(new KeyWatch(database, vault, nodeId));
    var audit = new Audit();
    var accounts = new Accounts(database, audit, clock);
    var users = new Users(database, accounts, audit, notices);
    var workspaces = new Workspaces(database, accounts, users, audit);
    var shared =
        new Shared(
            settings,
            clock,
            database,
            notices,
            vault,
            audit,
            accounts,
            users,
            workspaces,
            new Definitions(),
            new Credits(),
            new Schemas(),
            this::publicUrl,
            closing);
    var sandbox = keep(Sandbox.open(sandboxSettings(settings, "sandbox")));
    var javaScript = keep(JavaScript.open(javaScriptSettings(settings, "javascript")));
    var reach = new WorkspaceEgress(database, notices, workspaces, audit);
    var policy = Outbound.policy(settings);
    var egress = keep(new Egress(policy, resolver, reach::of));
    keep(new DriverHosts(Outbound.driverPolicy(settings), resolver, reach::of));
    var running = RunParts.open(shared, egress);
    var nested = new AtomicReference<NestedRunner.Parts>();
    var tooling = ToolParts.open(shared, running, egress, sandbox, javaScript, nested::get);
    var work =
        WorkParts.open(shared, tooling, running, Outbound.models(shared, policy, resolver), nested);
    letGo = work.runs()::letGo;
    if (settings.roles().contains(Settings.Role.WORKER)) {
      var temporal =
          settings
              .temporalAddress()
              .map(address -> new Temporal(address, settings.temporalNamespace(), TEMPORAL_ANSWER))
              .orElse(null);
      dispatcher =
          keep(
              work.runs()
                  .dispatcher(
                      work.programs(), nodeId, Main.version(), settings.runSlots(), temporal));
    }

    var firstStart =
        new FirstStart(database, accounts, tooling.tools(), work.agents(), sandbox, home);
    var isFirst = firstStart.run();
    adminBalance = () -> balance(shared);
    if (dispatcher != null) {
      dispatcher.start();
      running.deliveries().start();
      work.timetable().start();
    }

    var idempotency = new Idempotency(database, nodeId);
    keep(housekeeping(shared, tooling, running, work, idempotency));
    var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    running.measure(meters);
    var routes = new ArrayList<Route>();
    if (settings.roles().contains(Settings.Role.API)) {
      routes.addAll(new RouteTable(shared, tooling, work, egress).routes(reach));
      routes.addAll(DocsRoutes.routes());
    }
    routes.addAll(
        SystemRoutes.routes(
            probes(database, sandbox, javaScript), meters::scrape, settings.host()));
    web =
        keep(
            Web.start(
                new WebSettings(settings.host(), settings.port(), settings.corsOrigins()),
                accounts,
                idempotency,
                meters,
                SystemRoutes.described(routes, Main.version())));
    javaScript.prepare(SPARE_DELAY); // being ready, and the first requests, do not wait for it
    if (isFirst) {
      greeting.addAll(firstStart.greeting(address()));
    }
  }

  private static Credits.Balance balance(Shared shared) {
    return shared
        .database()
        .direct(tx ->
            shared
                .accounts()
                .user(tx, FirstStart.ADMIN)
                .map(user -> shared.credits().balance(tx, user.workspaceId(), user.userId()))
                .orElse(Credits.Balance.NONE));
  }

  private static Housekeeping housekeeping(
      Shared shared, ToolParts tooling, RunParts running, WorkParts work, Idempotency idempotency) {
    var settings = shared.settings();
    var clock = shared.clock();
    var runs = running.runs();
    return new Housekeeping(
        List.of(
            idempotency::forgetExpired,
            running.deliveries()::forgetOld,
            work.hooks()::forgetOld,
            work.mcpSessions()::forgetIdle,
            runs::forgetNodes,
            tooling.limits()::forgetPast,
            tooling.consents()::forgetExpired,
            tooling.artifacts()::forgetExpired,
            () -> since(settings.retentionDaysCalls(), clock).ifPresent(tooling.callLog()::forget),
            () -> since(settings.retentionDaysRuns(), clock).ifPresent(runs::forget)));
  }

  private static List<Probe> probes(Database database, Sandbox sandbox, JavaScript javaScript) {
    return List.of(
        new Probe(
            "database",
            () -> new Probe.Readiness(database.answers() ? "up" : "down", database.answers())),
        new Probe("sandbox", () -> readiness(sandbox.status())),
        new Probe("javascript", () -> readiness(javaScript.status())));
  }

  private <T extends AutoCloseable> T keep(T part) {
    closing.push(part);
    return part;
  }

  /// Since when records are kept; empty: for ever.
  private static Optional<Instant> since(int days, Clock clock) {
    return days == 0 ? Optional.empty() : Optional.of(clock.instant().minus(Duration.ofDays(days)));
  }

  private Vault vault(Foundation foundation) {
    try {
      return Vault.open(Secrets.vault(settings), foundation.database());
    } catch (VaultRefused e) {
      throw new SettingsFault(List.of(String.valueOf(e.getMessage())));
    }
  }

  /// As root the sandbox's files lie where its unprivileged user can read them.
  static SandboxSettings sandboxSettings(Settings settings, String name) {
    var home = settings.home();
    var shared = EmbeddedSettings.below(home).data().getParent();
    var place = shared != null && !shared.startsWith(home) ? shared : home;
    return new SandboxSettings(
        place.resolve(name),
        settings.python().map(Path::toString).orElse(null),
        settings.sandboxSlots());
  }

  /// The launcher says where the workers' jars are.
  static JavaScriptSettings javaScriptSettings(Settings settings, String name) {
    var libraries = Path.of(System.getProperty("toolwright.sandbox.lib", "sandbox-lib"));
    return new JavaScriptSettings(
        sandboxSettings(settings, name).directory(),
        libraries,
        settings.sandboxSlots(),
        0,
        JavaScriptSettings.IDLE);
  }

  private static Probe.Readiness readiness(SandboxStatus status) {
    return switch (status.state()) {
      case READY -> new Probe.Readiness("tier " + status.tier(), true);
      case STARTING -> new Probe.Readiness("starting", true);
      case REFUSED -> new Probe.Readiness("refused", true);
    };
  }

  @Override
  public URI address() {
    var shown = settings.host().equals("0.0.0.0") ? "127.0.0.1" : settings.host();
    return URI.create("http://" + shown + ":" + (web == null ? settings.port() : web.port()));
  }

  @Override
  public List<String> greeting() {
    return List.copyOf(greeting);
  }

  /// Where others reach this server: as configured, else as it listens.
  private URI publicUrl() {
    return settings.publicUrl().orElseGet(this::address);
  }

  /// What the first admin has spent.
  Credits.Balance adminBalance() {
    return adminBalance.get();
  }

  /// New requests are refused and running ones finish; runs end their step and go back to the
  /// queue; then everything closes in reverse.
  @Override
  public void close() {
    var runs = Thread.ofVirtual().start(this::drainRuns);
    try {
      if (web != null) {
        web.drain();
      }
      runs.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    while (!closing.isEmpty()) {
      try {
        closing.pop().close();
      } catch (Exception e) {
        LOG.warn("Something did not close cleanly", e);
      }
    }
  }

  /// Beside the web's draining, so that no run is claimed meanwhile and nobody waits for one that
  /// will not end here.
  private void drainRuns() {
    try {
      letGo.run();
      if (dispatcher != null) {
        dispatcher.drain(DRAIN);
      }
    } catch (RuntimeException e) {
      LOG.warn("The runs were not given back; other nodes take them over", e);
    }
  }
}
