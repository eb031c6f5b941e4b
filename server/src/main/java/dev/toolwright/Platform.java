package dev.toolwright;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Members;
import dev.toolwright.account.Tokens;
import dev.toolwright.account.Users;
import dev.toolwright.account.WorkspaceEgress;
import dev.toolwright.account.Workspaces;
import dev.toolwright.agent.AgentLibrary;
import dev.toolwright.agent.AgentProgram;
import dev.toolwright.agent.AgentRunListener;
import dev.toolwright.agent.AgentRuns;
import dev.toolwright.agent.AgentSharing;
import dev.toolwright.agent.Agents;
import dev.toolwright.agent.CustomAgents;
import dev.toolwright.agent.JobView;
import dev.toolwright.api.agents.AgentRoutes;
import dev.toolwright.api.agents.AgentShareRoutes;
import dev.toolwright.api.agents.CustomAgentRoutes;
import dev.toolwright.api.agents.JobRoutes;
import dev.toolwright.api.agents.ToolRoutes;
import dev.toolwright.api.agents.WorkflowRoutes;
import dev.toolwright.api.callback.CallbackRoutes;
import dev.toolwright.api.callback.ConsentRoutes;
import dev.toolwright.api.customtools.ConnectorRoutes;
import dev.toolwright.api.customtools.CredentialRoutes;
import dev.toolwright.api.customtools.CustomToolRoutes;
import dev.toolwright.api.customtools.ImportRoutes;
import dev.toolwright.api.customtools.SnippetRoutes;
import dev.toolwright.api.enterprise.ApiTokenRoutes;
import dev.toolwright.api.enterprise.ArtifactRoutes;
import dev.toolwright.api.enterprise.ConnectionRoutes;
import dev.toolwright.api.enterprise.CreditRoutes;
import dev.toolwright.api.enterprise.DeliveryRoutes;
import dev.toolwright.api.enterprise.EgressRoutes;
import dev.toolwright.api.enterprise.OrchestrationRoutes;
import dev.toolwright.api.enterprise.UserRoutes;
import dev.toolwright.api.enterprise.UserToolRoutes;
import dev.toolwright.api.enterprise.WorkspaceRoutes;
import dev.toolwright.api.mcp.McpRoutes;
import dev.toolwright.api.system.DocsRoutes;
import dev.toolwright.api.system.Probe;
import dev.toolwright.api.system.SystemRoutes;
import dev.toolwright.api.system.TokenRoutes;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.Web;
import dev.toolwright.api.web.WebSettings;
import dev.toolwright.artifact.Artifacts;
import dev.toolwright.audit.Audit;
import dev.toolwright.builtin.BuiltinRunner;
import dev.toolwright.builtin.ReadArtifact;
import dev.toolwright.builtin.calculator.Calculator;
import dev.toolwright.config.Settings;
import dev.toolwright.config.SettingsFault;
import dev.toolwright.connection.Checkup;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.Consents;
import dev.toolwright.connection.Credentials;
import dev.toolwright.connection.Endpoints;
import dev.toolwright.connection.Logins;
import dev.toolwright.connection.StoredCredentials;
import dev.toolwright.credit.Credits;
import dev.toolwright.database.Notices;
import dev.toolwright.database.embedded.EmbeddedSettings;
import dev.toolwright.definition.Definitions;
import dev.toolwright.delivery.Deliveries;
import dev.toolwright.delivery.DeliveryLog;
import dev.toolwright.egress.DriverHosts;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressPolicy;
import dev.toolwright.egress.MalformedEgressPolicy;
import dev.toolwright.egress.Resolver;
import dev.toolwright.idempotency.Idempotency;
import dev.toolwright.importer.openapi.Documents;
import dev.toolwright.importer.openapi.OpenApiImports;
import dev.toolwright.importer.openapi.Reimports;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Schemas;
import dev.toolwright.limit.RateLimits;
import dev.toolwright.model.ModelSettings;
import dev.toolwright.model.Models;
import dev.toolwright.run.Callbacks;
import dev.toolwright.run.Children;
import dev.toolwright.run.Dispatcher;
import dev.toolwright.run.Runs;
import dev.toolwright.runner.function.FunctionRunner;
import dev.toolwright.runner.function.SnippetRunner;
import dev.toolwright.runner.http.EndpointRunner;
import dev.toolwright.runner.http.HttpRunner;
import dev.toolwright.runner.webhook.WebhookRunner;
import dev.toolwright.sandbox.JavaScript;
import dev.toolwright.sandbox.JavaScriptSettings;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.sandbox.SandboxSettings;
import dev.toolwright.sandbox.SandboxStatus;
import dev.toolwright.tool.CallHistory;
import dev.toolwright.tool.CallLog;
import dev.toolwright.tool.CallSteps;
import dev.toolwright.tool.EndpointTools;
import dev.toolwright.tool.Snippets;
import dev.toolwright.tool.ToolCalls;
import dev.toolwright.tool.ToolGrants;
import dev.toolwright.tool.ToolProgram;
import dev.toolwright.tool.ToolRuns;
import dev.toolwright.tool.Tools;
import dev.toolwright.tool.WebhookSecrets;
import dev.toolwright.usage.Budgets;
import dev.toolwright.vault.KeyWatch;
import dev.toolwright.vault.Vault;
import dev.toolwright.vault.VaultRefused;
import dev.toolwright.workflow.WorkflowJobs;
import dev.toolwright.workflow.WorkflowProgram;
import dev.toolwright.workflow.WorkflowRuns;
import dev.toolwright.workflow.Workflows;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All wiring: every part is made here, in order, and closed in reverse.
final class Platform implements RunningServer {
  private static final Logger LOG = LoggerFactory.getLogger(Platform.class);
  private static final Duration DRAIN = Duration.ofSeconds(10);
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
    var sandbox = keep(Sandbox.open(sandboxSettings(settings, "sandbox")));
    var javaScript = keep(JavaScript.open(javaScriptSettings(settings, "javascript")));
    var reach = new WorkspaceEgress(database, notices, workspaces, audit);
    var policy = egressPolicy();
    var egress = keep(new Egress(policy, resolver, reach::of));
    keep(new DriverHosts(driverPolicy(), resolver, reach::of));

    var credits = new Credits();
    var definitions = new Definitions();
    var schemas = new Schemas();
    var logins = new Logins(database, notices, vault, egress);
    var connections = new Connections(database, notices, definitions, vault, audit, logins);
    var endpoints = new Endpoints(database, notices, definitions, connections, schemas);
    var limits = new RateLimits(database);
    var consents =
        new Consents(database, accounts, definitions, vault, audit, logins, this::publicUrl);
    var http = new HttpRunner(egress, logins, connections, limits, clock);
    var credentials = new Credentials(vault);
    var functions = new FunctionRunner(sandbox, javaScript, egress, credentials, database);
    var snippets = new Snippets(database, notices, definitions, schemas, functions);
    var artifacts =
        new Artifacts(
            database,
            vault,
            audit,
            settings.artifactThresholdKib() << 10,
            settings.retentionDaysArtifacts());
    var tools =
        new Tools(
            database,
            notices,
            definitions,
            accounts,
            credits,
            credentials,
            schemas,
            List.of(
                functions,
                new SnippetRunner(snippets, functions),
                http,
                new EndpointRunner(endpoints, schemas, http),
                new WebhookRunner(egress, database, new WebhookSecrets(credentials), clock),
                new BuiltinRunner(List.of(new Calculator(), new ReadArtifact(artifacts)))));
    var callLog = keep(new CallLog(database));
    var callbacks = new Callbacks(database, notices, vault, this::publicUrl);
    var toolCalls =
        new ToolCalls(
            database, notices, tools, schemas, credits, artifacts, callLog, callbacks, vault);
    var deliveries =
        keep(
            new Deliveries(
                database,
                egress,
                vault,
                (run, result, error) -> JobView.of(run, result, error, List.of(), clock.instant()),
                clock));
    var runs = new Runs(database, notices, List.of(new AgentRunListener(credits), deliveries));
    letGo = runs::letGo;
    var agents = new Agents(database, definitions, tools, credits);
    var agentRuns = keep(new AgentRuns(database, agents, tools, credits, vault, runs));
    var models = models(policy, clock);
    var members = new Members(database, accounts);
    var workflows = new Workflows(database, definitions, tools, agents, credits);
    var workflowRuns = keep(new WorkflowRuns(database, workflows, vault, runs));
    var callSteps = new CallSteps(toolCalls);
    var programs =
        List.of(
            new WorkflowProgram(
                members,
                new WorkflowProgram.Parts(
                    tools, callSteps, new Children(runs), agentRuns, workflowRuns, clock)),
            new AgentProgram(database, members, tools, toolCalls, models),
            new ToolProgram(members, tools, callSteps));
    dispatcher = keep(runs.dispatcher(programs, nodeId, Main.version(), settings.runSlots()));

    var firstStart = new FirstStart(database, accounts, tools, agents, sandbox, home);
    var isFirst = firstStart.run();
    adminBalance =
        () ->
            database.direct(tx ->
                accounts
                    .user(tx, FirstStart.ADMIN)
                    .map(user -> credits.balance(tx, user.workspaceId(), user.userId()))
                    .orElse(Credits.Balance.NONE));
    dispatcher.start();
    deliveries.start();

    var idempotency = new Idempotency(database, nodeId);
    keep(
        new Housekeeping(
            List.of(
                idempotency::forgetExpired,
                deliveries::forgetOld,
                runs::forgetNodes,
                limits::forgetPast,
                consents::forgetExpired,
                artifacts::forgetExpired,
                () -> since(settings.retentionDaysCalls(), clock).ifPresent(callLog::forget),
                () -> since(settings.retentionDaysRuns(), clock).ifPresent(runs::forget))));
    var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    var routes = new ArrayList<Route>();
    routes.addAll(new TokenRoutes(accounts).routes());
    routes.addAll(new AgentRoutes(agents).routes());
    routes.addAll(
        new CustomAgentRoutes(
                new CustomAgents(database, definitions, agents, tools, credits, new AgentLibrary()))
            .routes());
    routes.addAll(
        new AgentShareRoutes(new AgentSharing(database, definitions, accounts, agents, tools))
            .routes());
    var toolRuns = new ToolRuns(database, toolCalls, credits, runs);
    routes.addAll(new ToolRoutes(tools, toolRuns).routes());
    var workflowJobs = new WorkflowJobs(database, runs);
    routes.addAll(
        new JobRoutes(runs, agentRuns, workflowRuns, workflowJobs, clock).routes());
    routes.addAll(new WorkflowRoutes(workflows, workflowRuns).routes());
    routes.addAll(
        new OrchestrationRoutes(workflows, workflowRuns, workflowJobs, clock).routes());
    routes.addAll(
        new McpRoutes(
                tools, toolRuns, Main.version(), settings.corsOrigins()::contains, this::publicUrl)
            .routes());
    routes.addAll(new CallbackRoutes(callbacks).routes());
    routes.addAll(
        new ConnectionRoutes(
                connections,
                new Checkup(database, connections, logins, egress, clock),
                consents,
                clock)
            .routes());
    routes.addAll(new ConsentRoutes(consents).routes());
    routes.addAll(new ConnectorRoutes(connections, endpoints, toolCalls).routes());
    routes.addAll(new SnippetRoutes(snippets, toolCalls).routes());
    routes.addAll(
        new CredentialRoutes(new StoredCredentials(database, vault, audit, logins)).routes());
    routes.addAll(new CustomToolRoutes(tools, toolRuns, new CallHistory(database)).routes());
    var documents = new Documents(egress, schemas);
    var endpointTools = new EndpointTools(definitions);
    routes.addAll(
        new ImportRoutes(
                new OpenApiImports(
                    database, documents, connections, endpoints, tools, endpointTools),
                new Reimports(
                    database, documents, connections, endpoints, tools, endpointTools, audit))
            .routes());
    routes.addAll(new ArtifactRoutes(artifacts, this::publicUrl).routes());
    routes.addAll(new UserRoutes(users).routes());
    routes.addAll(new WorkspaceRoutes(workspaces).routes());
    routes.addAll(new EgressRoutes(reach).routes());
    routes.addAll(new ApiTokenRoutes(new Tokens(database, accounts, users), clock).routes());
    routes.addAll(
        new UserToolRoutes(new ToolGrants(database, notices, definitions, users, audit)).routes());
    routes.addAll(
        new CreditRoutes(new Budgets(database, notices, users, workspaces, credits, audit))
            .routes());
    routes.addAll(new DeliveryRoutes(new DeliveryLog(database)).routes());
    routes.addAll(
        SystemRoutes.routes(
            List.of(
                new Probe(
                    "database",
                    () ->
                        new Probe.Readiness(
                            database.answers() ? "up" : "down", database.answers())),
                new Probe("sandbox", () -> readiness(sandbox.status())),
                new Probe("javascript", () -> readiness(javaScript.status()))),
            meters::scrape,
            settings.host()));
    routes.addAll(DocsRoutes.routes());
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

  private EgressPolicy egressPolicy() {
    try {
      return EgressPolicy.parse(
          String.join(",", settings.egressAllow()),
          String.join(",", settings.egressDeny()),
          String.join(",", settings.egressOnly()));
    } catch (MalformedEgressPolicy e) {
      throw new SettingsFault(e.faults());
    }
  }

  private EgressPolicy driverPolicy() {
    try {
      return EgressPolicy.ofDrivers(
          String.join(",", settings.driverHosts()), String.join(",", settings.egressDeny()));
    } catch (MalformedEgressPolicy e) {
      throw new SettingsFault(e.faults());
    }
  }

  /// The operator's own models are reached because they are configured; tools get no nearer to them
  /// by that.
  private Models models(EgressPolicy policy, Clock clock) {
    try {
      var configured = new ModelSettings(settings.models().byName(), settings.modelAliases());
      var allowed = policy;
      for (var address : configured.addresses()) {
        allowed = allowed.alsoAllowing(address);
      }
      return new Models(configured, keep(new Egress(allowed, resolver))::stream, clock);
    } catch (IllegalArgumentException e) {
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
