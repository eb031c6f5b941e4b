package dev.toolwright.tool;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.credit.Credits;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import dev.toolwright.vault.Vault;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The tools of a workspace: made, found, changed, shared and deleted.
public final class Tools {
  static final String KIND = "tool";
  private static final String CHANGED = "tools-changed";
  private static final BigDecimal CREATE_PRICE = BigDecimal.valueOf(2);
  private static final BigDecimal UPDATE_PRICE = BigDecimal.ONE;
  private static final int DEFAULT_TIMEOUT_MS = 30_000;

  /// Names that the routes use themselves.
  private static final Set<String> RESERVED = Set.of("create", "list", "templates");

  private final Database database;
  private final Definitions definitions;
  private final Accounts accounts;
  private final Credits credits;
  private final Vault vault;
  private final Schemas schemas;
  private final Map<Class<? extends Config>, Runner> runners;
  private final Notices notices;
  private final CallStore calls = new CallStore();
  private final Fresh<Key, Tool> seen = new Fresh<>();
  private final BuiltinTools builtins = new BuiltinTools();

  /// What a caller sees under a name or id; in one version, or the current one (0).
  private record Key(Caller caller, String idOrName, int version) {}

  public Tools(
      Database database,
      Notices notices,
      Definitions definitions,
      Accounts accounts,
      Credits credits,
      Vault vault,
      Schemas schemas,
      List<Runner> runners) {
    this.database = database;
    this.notices = notices;
    this.definitions = definitions;
    this.accounts = accounts;
    this.credits = credits;
    this.vault = vault;
    this.schemas = schemas;
    var byConfig = new HashMap<Class<? extends Config>, Runner>();
    runners.forEach(runner -> byConfig.put(runner.runs(), runner));
    this.runners = Map.copyOf(byConfig);
    notices.subscribe(CHANGED, seen::clear);
  }

  /// Saves a new tool. Every fault of the draft is noted in `in` before anything is refused or
  /// stored; code is parsed, never run.
  ///
  /// @param charged whether its price of 2 credits is charged
  public Tool create(Caller caller, ToolDraft draft, Fields in, boolean charged)
      throws InterruptedException {
    caller.require(Role.MEMBER);
    if (draft.config() == null) {
      in.fault("implementation", "is required");
    }
    if (draft.name() != null && RESERVED.contains(draft.name())) {
      in.fault("name", "is reserved");
    }
    if (draft.name() != null && builtins.find(draft.name()).isPresent()) {
      in.fault("name", "is reserved: it is a tool of the server");
    }
    check(draft, in);
    in.finish();
    return changing(tx -> {
      if (charged) {
        credits.charge(tx, caller.workspaceId(), caller.userId(), CREATE_PRICE, Ids.next("charge"));
      }
      var config = keepSecret(tx, caller, draft, null);
      var content =
          new Tool.Content(
              or(draft.description(), ""),
              or(draft.category(), "general"),
              config,
              or(draft.parametersSchema(), Json.object().put("type", "object")),
              or(draft.behavior(), config.defaultBehavior()),
              or(draft.timeoutMs(), DEFAULT_TIMEOUT_MS),
              or(draft.requiresAuth(), false));
      return Tool.of(
          definitions.create(
              tx,
              caller,
              KIND,
              Ids.next("tool"),
              or(draft.name(), ""),
              or(draft.visibility(), Visibility.PRIVATE),
              Json.tree(content)));
    });
  }

  /// Saves the next version with the draft's changes.
  ///
  /// @throws Problem 404 or 403
  public Tool update(Caller caller, String idOrName, ToolDraft draft, Fields in)
      throws InterruptedException {
    requireOwn(idOrName);
    database.direct(tx -> definitions.editable(tx, caller, KIND, idOrName));
    check(draft, in);
    in.finish();
    return changing(tx -> {
      var current = definitions.editable(tx, caller, KIND, idOrName);
      credits.charge(tx, caller.workspaceId(), caller.userId(), UPDATE_PRICE, Ids.next("charge"));
      var old = Tool.of(current).content();
      var config =
          draft.config() == null ? old.config() : keepSecret(tx, caller, draft, old.config());
      // A behaviour nobody chose follows the configuration.
      var behavior =
          old.behavior().equals(old.config().defaultBehavior())
              ? config.defaultBehavior()
              : old.behavior();
      var content =
          new Tool.Content(
              or(draft.description(), old.description()),
              or(draft.category(), old.category()),
              config,
              or(draft.parametersSchema(), old.parametersSchema()),
              or(draft.behavior(), behavior),
              or(draft.timeoutMs(), old.timeoutMs()),
              or(draft.requiresAuth(), old.requiresAuth()));
      return Tool.of(
          definitions.update(
              tx,
              caller,
              current,
              or(draft.visibility(), current.visibility()),
              current.name(),
              Json.tree(content)));
    });
  }

  /// Runs a change of tools or of who may use them; afterwards no node answers from what it read
  /// before.
  public <T> T changing(Function<Tx, T> work) {
    var result = database.inTx(work);
    notices.add(CHANGED);
    return result;
  }

  private void check(ToolDraft draft, Fields in) throws InterruptedException {
    var schema = draft.parametersSchema();
    if (schema != null) {
      for (var fault : schemas.faultsOf(schema)) {
        in.fault(
            fault.path().isEmpty() ? "parameters_schema" : "parameters_schema." + fault.path(),
            fault.message());
      }
    }
    var config = draft.config();
    if (config != null) {
      runner(config).check(config, in);
    }
  }

  private Config keepSecret(Tx tx, Caller caller, ToolDraft draft, @Nullable Config old) {
    var config = draft.config();
    if (!(config instanceof Config.HttpApi api) || !(api.auth() instanceof Auth.Bearer)) {
      if (config == null) {
        throw Problem.invalid("implementation is required");
      }
      return config;
    }
    if (draft.secret() != null) {
      return withAuth(api, new Auth.Bearer(vault.put(tx, caller.workspaceId(), draft.secret())));
    }
    if (draft.keepSecret()
        && old instanceof Config.HttpApi before
        && before.auth() instanceof Auth.Bearer bearer
        && sameOrigin(before.url(), api.url())) {
      return withAuth(api, bearer);
    }
    throw Problem.invalid(
        "implementation.auth.token is required"
            + (draft.keepSecret() ? ": a stored token is kept only for the same host" : ""));
  }

  /// A stored secret never follows a URL to another host.
  private static boolean sameOrigin(String one, String other) {
    return origin(one).equals(origin(other));
  }

  private static String origin(String url) {
    var path = url.indexOf('/', url.indexOf("://") + 3);
    return path < 0 ? url : url.substring(0, path);
  }

  private static Config withAuth(Config.HttpApi api, Auth auth) {
    return new Config.HttpApi(api.method(), api.url(), api.headers(), auth, api.body());
  }

  Runner runner(Config config) {
    var runner = runners.get(config.getClass());
    if (runner == null) {
      throw new IllegalStateException("no runner for " + config.kind());
    }
    return runner;
  }

  /// @throws Problem 404 when the caller does not see it
  public Tool get(Caller caller, String idOrName) {
    return find(caller, idOrName).orElseThrow(() -> Problem.notFound("Tool", idOrName));
  }

  public Optional<Tool> find(Caller caller, String idOrName) {
    var builtin = builtins.find(idOrName);
    if (builtin.isPresent()) {
      return builtin;
    }
    return seen.get(
        new Key(caller, idOrName, 0),
        () -> database.direct(tx -> definitions.find(tx, caller, KIND, idOrName)).map(Tool::of));
  }

  /// The version a run started with, if the caller may still use the tool.
  public Optional<Tool> pinned(Caller caller, String id, int version) {
    var builtin = builtins.find(id);
    if (builtin.isPresent()) {
      return builtin;
    }
    return seen.get(
        new Key(caller, id, version),
        () ->
            database.direct(tx -> definitions.pinned(tx, caller, KIND, id, version)).map(Tool::of));
  }

  /// What the caller may use: the server's own tools, then those that people made.
  public List<Tool> usable(Caller caller) {
    return Stream.concat(builtins.all().stream(), list(caller, Definitions.Scope.USABLE).stream())
        .toList();
  }

  /// Those that people made.
  public List<Tool> list(Caller caller, Definitions.Scope scope) {
    return database.direct(tx -> definitions.list(tx, caller, KIND, scope)).stream()
        .map(Tool::of)
        .toList();
  }

  /// By id of the tool; tools never used are absent.
  public Map<String, ToolUsage> usage(Caller caller, List<Tool> tools) {
    return database.direct(
        tx -> calls.usage(tx, caller.workspaceId(), tools.stream().map(Tool::id).toList()));
  }

  public ToolUsage usage(Caller caller, Tool tool) {
    return usage(caller, List.of(tool)).getOrDefault(tool.id(), ToolUsage.NONE);
  }

  public static boolean mayEdit(Caller caller, Tool tool) {
    return tool.workspaceId().equals(caller.workspaceId())
        && (tool.ownerId().equals(caller.userId()) || caller.isAdmin());
  }

  /// @param force detaches it from the agents that use it
  /// @throws Problem 404, 403, or 409 naming the agents that use it
  public void delete(Caller caller, String idOrName, boolean force) {
    requireOwn(idOrName);
    changing(tx -> {
      var tool = definitions.editable(tx, caller, KIND, idOrName);
      var users = definitions.usedBy(tx, tool);
      if (!users.isEmpty() && !force) {
        throw inUse(tool, users);
      }
      definitions.delete(tx, tool);
      return true;
    });
  }

  private static Problem inUse(Definition tool, List<Definition> users) {
    var names = users.stream().map(Definition::name).toList();
    return Problem.of(
        Problem.Kind.CONFLICT,
        "Cannot delete tool '%s'. It is in use by %d active agents: %s"
            .formatted(tool.name(), users.size(), String.join(", ", names)),
        Map.of(
            "activeAgents",
            users.stream().map(user -> Map.of("id", user.id(), "name", user.name())).toList(),
            "action",
            "Remove the tool from these agents first, or delete with ?force=true"));
  }

  private void requireOwn(String idOrName) {
    builtins
        .find(idOrName)
        .ifPresent(tool -> {
          throw Problem.of(
              Problem.Kind.FORBIDDEN,
              tool.name() + " comes with the server: nobody changes it, everybody may use it");
        });
  }

  /// Gives or takes the use of a tool.
  ///
  /// @return how many users it concerned
  /// @throws Problem 404 naming users that the workspace has not
  public int share(Caller caller, String idOrName, List<String> userIds, boolean give) {
    requireOwn(idOrName);
    return changing(tx -> {
      var tool = definitions.editable(tx, caller, KIND, idOrName);
      var unknown =
          userIds.stream()
              .filter(id -> accounts.user(tx, caller.workspaceId(), id).isEmpty())
              .toList();
      if (!unknown.isEmpty()) {
        throw Problem.of(
            Problem.Kind.NOT_FOUND,
            "Unknown users: " + String.join(", ", unknown),
            Map.of("user_ids", unknown));
      }
      definitions.grant(tx, caller, tool, userIds, give);
      return userIds.size();
    });
  }

  /// Gives users the use of a tool as part of a [#changing].
  ///
  /// @throws Problem 404, or 403 for who may not share it
  public void grant(Tx tx, Caller caller, String id, List<String> userIds) {
    definitions.grant(tx, caller, definitions.editable(tx, caller, KIND, id), userIds, true);
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
