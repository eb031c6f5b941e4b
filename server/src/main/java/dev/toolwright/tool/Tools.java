package dev.toolwright.tool;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.connection.Credentials;
import dev.toolwright.credit.Credits;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listed;
import dev.toolwright.definition.Listing;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The tools of a workspace: made, found, changed, shared and deleted.
public final class Tools {
  static final String KIND = "tool";

  /// The topic of the notice that a tool, or who may use it, changed.
  public static final String CHANGED = "tools-changed";

  /// Names that the routes use themselves.
  static final Set<String> RESERVED = Set.of("create", "list", "templates");

  /// Tools are found by name or id: a name that could be another's id is none.
  static final Pattern LIKE_AN_ID = Pattern.compile("tool_[0-9a-f]{24}");

  private final Database database;
  private final Definitions definitions;
  private final Accounts accounts;
  private final Credits credits;
  private final ToolSecrets secrets;
  private final Schemas schemas;
  private final Map<Class<? extends Config>, Runner> runners;
  private final Notices notices;
  private final CallStore calls = new CallStore();
  private final Fresh<Key, Tool> seen = new Fresh<>();
  private final BuiltinTools builtins = new BuiltinTools();

  /// What a caller finds under a name or id; in one version, or the current one (0).
  private record Key(Caller caller, Look look, String idOrName, int version) {}

  private enum Look {
    SEEN,
    USABLE,
    USABLE_BY_ID
  }

  public Tools(
      Database database,
      Notices notices,
      Definitions definitions,
      Accounts accounts,
      Credits credits,
      Credentials credentials,
      Schemas schemas,
      List<Runner> runners) {
    this.database = database;
    this.notices = notices;
    this.definitions = definitions;
    this.accounts = accounts;
    this.credits = credits;
    this.secrets = new ToolSecrets(credentials);
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
    if (draft.name() != null) {
      if (RESERVED.contains(draft.name()) || LIKE_AN_ID.matcher(draft.name()).matches()) {
        in.fault("name", "is reserved");
      } else if (builtins.find(draft.name()).isPresent()) {
        in.fault("name", "is reserved: it is a tool of the server");
      }
    }
    var checked = checked(caller, draft, null, in);
    in.finish();
    return changing(tx -> {
      if (charged) {
        charge(tx, caller, PricedAction.TOOL_CREATE);
      }
      var config = secrets.kept(tx, caller, checked, null);
      var content =
          new Tool.Content(
              draft.title(),
              or(draft.description(), ""),
              or(draft.category(), "general"),
              config,
              or(draft.parametersSchema(), config.impliedParameters()),
              draft.outputSchema(),
              behavior(config.defaultBehavior(), draft),
              or(draft.timeoutMs(), Tool.DEFAULT_TIMEOUT_MS),
              or(draft.requiresAuth(), false),
              draft.approval());
      return stored(
          tx,
          config,
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

  /// Saves the next version with the draft's changes; one that changes nothing costs nothing.
  ///
  /// @throws Problem 404 or 403
  public Tool update(Caller caller, String idOrName, ToolDraft draft, Fields in)
      throws InterruptedException {
    requireOwn(idOrName);
    var before = Tool.of(database.direct(tx -> definitions.editable(tx, caller, KIND, idOrName)));
    var checked = checked(caller, draft, before.content().config(), in);
    in.finish();
    return changing(tx -> {
      var current = definitions.editable(tx, caller, KIND, idOrName);
      var old = Tool.of(current).content();
      var config =
          checked.config() == null ? old.config() : secrets.kept(tx, caller, checked, old.config());
      // A behaviour nobody chose follows the configuration.
      var behavior =
          old.behavior().equals(old.config().defaultBehavior())
              ? config.defaultBehavior()
              : old.behavior();
      var content =
          new Tool.Content(
              draft.title() == null ? old.title() : draft.title(),
              or(draft.description(), old.description()),
              or(draft.category(), old.category()),
              config,
              or(draft.parametersSchema(), old.parametersSchema()),
              draft.outputSchema() == null ? old.outputSchema() : draft.outputSchema(),
              behavior(behavior, draft),
              or(draft.timeoutMs(), old.timeoutMs()),
              or(draft.requiresAuth(), old.requiresAuth()),
              draft.approval() == null ? old.approval() : draft.approval());
      var visibility = or(draft.visibility(), current.visibility());
      if (content.equals(old)
          && visibility == current.visibility()
          && !draft.bringsSecret(old.config())) {
        return Tool.of(current);
      }
      charge(tx, caller, PricedAction.TOOL_UPDATE);
      return stored(
          tx,
          config,
          definitions.update(tx, caller, current, visibility, current.name(), Json.tree(content)));
    });
  }

  private static Behavior behavior(Behavior otherwise, ToolDraft draft) {
    return draft.behavior() == null ? otherwise : otherwise.with(draft.behavior());
  }

  /// Runs a change of tools or of who may use them; afterwards no node answers from what it read
  /// before.
  public <T> T changing(Function<Tx, T> work) {
    var result = database.inTx(work);
    notices.add(CHANGED);
    return result;
  }

  private void charge(Tx tx, Caller who, PricedAction action) {
    credits.charge(tx, who.workspaceId(), who.userId(), action, Ids.next("charge"));
  }

  /// The stored tool; what its configuration refers to hears that it does.
  private Tool stored(Tx tx, Config config, Definition definition) {
    definitions.refer(tx, definition, config.references());
    return Tool.of(definition);
  }

  /// The draft with its configuration as its runner wants it stored.
  ///
  /// @param old configuration; null for a new tool
  private ToolDraft checked(Caller caller, ToolDraft draft, @Nullable Config old, Fields in)
      throws InterruptedException {
    draft.checkSchemas(schemas, old, in);
    var config = draft.config();
    return config == null ? draft : draft.with(runner(config).check(caller, config, in));
  }

  Runner runner(Config config) {
    var runner = runners.get(config.getClass());
    if (runner == null) {
      throw new IllegalStateException("no runner for " + config.kind());
    }
    return runner;
  }

  /// A tool to be shown, by name or id.
  ///
  /// @throws Problem 404 when the caller does not see it
  public Tool get(Caller caller, String idOrName) {
    var builtin = builtins.find(idOrName);
    if (builtin.isPresent()) {
      return builtin.get();
    }
    return seen.get(
            new Key(caller, Look.SEEN, idOrName, 0),
            () -> database.direct(tx -> definitions.find(tx, caller, KIND, idOrName)).map(Tool::of))
        .orElseThrow(() -> Problem.notFound("Tool", idOrName));
  }

  /// A tool to be called, by name or id.
  ///
  /// @throws Problem 404 when the caller does not see it, 403 when an admin sees it but was not
  ///   given its use
  public Tool callable(Caller caller, String idOrName) {
    var tool = get(caller, idOrName);
    return byId(caller, tool.id())
        .orElseThrow(() ->
            Problem.of(
                Problem.Kind.FORBIDDEN,
                "You may see and change this tool as an admin; to use it, share it with yourself"));
  }

  /// A tool that the caller may use, by name or id.
  public Optional<Tool> find(Caller caller, String idOrName) {
    var builtin = builtins.find(idOrName);
    if (builtin.isPresent()) {
      return builtin;
    }
    return seen.get(
        new Key(caller, Look.USABLE, idOrName, 0),
        () -> database.direct(tx -> definitions.usable(tx, caller, KIND, idOrName)).map(Tool::of));
  }

  /// A tool that the caller may use, by id alone: for references that are stored.
  public Optional<Tool> byId(Caller caller, String id) {
    var builtin = builtins.find(id);
    if (builtin.isPresent()) {
      return builtin;
    }
    return seen.get(
        new Key(caller, Look.USABLE_BY_ID, id, 0),
        () -> database.direct(tx -> definitions.usableById(tx, caller, KIND, id)).map(Tool::of));
  }

  /// The version a run started with, if the caller may still use the tool.
  public Optional<Tool> pinned(Caller caller, String id, int version) {
    var builtin = builtins.find(id);
    if (builtin.isPresent()) {
      return builtin;
    }
    return seen.get(
        new Key(caller, Look.USABLE_BY_ID, id, version),
        () ->
            database.direct(tx -> definitions.pinned(tx, caller, KIND, id, version)).map(Tool::of));
  }

  /// What the caller may use: the server's own tools, then those that people made.
  public Listed<ToolSummary> usable(Caller caller, Listing listing) {
    var own = builtins.summaries(listing.categories());
    var shown = own.stream().skip(listing.offset()).limit(listing.limit()).toList();
    var rest =
        list(
            caller,
            new Listing(
                listing.scope(),
                listing.categories(),
                listing.limit() == Listing.WHOLE ? Listing.WHOLE : listing.limit() - shown.size(),
                Math.max(0, listing.offset() - own.size())));
    return new Listed<>(
        Stream.concat(shown.stream(), rest.page().stream()).toList(), own.size() + rest.total());
  }

  /// The same, each name once, as a call would find it.
  public List<ToolSummary> usableByName(Caller caller, List<String> categories) {
    return Stream.concat(
            builtins.summaries(categories).stream(), byName(caller, "", Listing.WHOLE).stream())
        .filter(tool -> categories.isEmpty() || categories.contains(tool.content().category()))
        .toList();
  }

  /// The server's own tools that do something, by name.
  public List<ToolSummary> available() {
    return builtins.summaries(tool -> runner(tool.content().config()).isAvailable(tool)).stream()
        .sorted(Comparator.comparing(ToolSummary::name))
        .toList();
  }

  /// The tools that the caller may use, newest first.
  public Listed<ToolSummary> list(Caller caller, Listing listing) {
    return database.direct(tx -> definitions.list(tx, caller, KIND, listing)).map(ToolSummary::of);
  }

  /// At most `limit` of the tools that the caller may use, by name, after a name.
  public List<ToolSummary> byName(Caller caller, String after, int limit) {
    return database.direct(tx -> definitions.byName(tx, caller, KIND, after, limit)).stream()
        .map(ToolSummary::of)
        .toList();
  }

  /// By id of the tool; tools never used are absent.
  public Map<String, ToolUsage> usage(Caller caller, List<String> toolIds) {
    return database.direct(tx -> calls.usage(tx, caller.workspaceId(), toolIds));
  }

  public ToolUsage usage(Caller caller, Tool tool) {
    return usage(caller, List.of(tool.id())).getOrDefault(tool.id(), ToolUsage.NONE);
  }

  public static boolean mayEdit(Caller caller, Tool tool) {
    return Definitions.mayEdit(caller, tool.workspaceId(), tool.ownerId());
  }

  /// @param force detaches it from the agents that use it
  /// @throws Problem 404, 403, or 409 naming the agents that use it
  public void delete(Caller caller, String idOrName, boolean force) {
    requireOwn(idOrName);
    changing(tx -> {
      var tool = definitions.editable(tx, caller, KIND, idOrName);
      var users = definitions.usedBy(tx, tool);
      if (!users.isEmpty() && !force) {
        throw ToolGrants.inUse(tool, users);
      }
      secrets.forget(tx, caller, Tool.of(tool).content().config());
      definitions.delete(tx, tool);
      return true;
    });
  }

  private void requireOwn(String idOrName) {
    if (builtins.find(idOrName).isPresent()) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN,
          "This comes with the server: nobody changes it, everybody may use it");
    }
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
