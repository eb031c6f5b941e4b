package dev.toolwright.agent;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.credit.Credits;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listed;
import dev.toolwright.definition.Listing;
import dev.toolwright.definition.Revision;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolStatusStore;
import dev.toolwright.tool.Tools;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The agents of a workspace: made, found, changed and deleted.
public final class Agents {
  public static final String KIND = "agent";
  static final String DEFAULT_MODEL = "gpt-4o";
  static final double DEFAULT_TEMPERATURE = 0.7;

  private final Database database;
  private final Definitions definitions;
  private final Tools tools;
  private final Credits credits;
  private final ToolStatusStore statuses = new ToolStatusStore();

  public Agents(Database database, Definitions definitions, Tools tools, Credits credits) {
    this.database = database;
    this.definitions = definitions;
    this.tools = tools;
    this.credits = credits;
  }

  /// Saves a new agent.
  ///
  /// @param charged whether its price of one credit is charged
  /// @throws Problem 403 naming every tool that does not exist or that the caller may not use
  public Agent create(Caller caller, AgentDraft draft, boolean charged) {
    caller.require(Role.MEMBER);
    var refs = refs(assignable(usable(caller, or(draft.tools(), List.of()))));
    var content =
        new Agent.Content(
            or(draft.description(), ""),
            or(draft.instructions(), ""),
            or(draft.model(), DEFAULT_MODEL),
            or(draft.temperature(), DEFAULT_TEMPERATURE),
            refs,
            or(draft.metadata(), Json.object()),
            List.of());
    return database.inTx(tx -> {
      if (charged) {
        charge(tx, caller, PricedAction.AGENT_CREATE);
      }
      return store(tx, caller, or(draft.name(), ""), content);
    });
  }

  /// Stores a new agent whose tools its maker may use.
  Agent store(Tx tx, Caller caller, String name, Agent.Content content) {
    var agent =
        definitions.create(
            tx, caller, KIND, Ids.next("asst"), name, Visibility.PRIVATE, Json.tree(content));
    refer(tx, agent, content.tools());
    return attached(tx, agent);
  }

  /// Saves the next version with the draft's changes, for one credit.
  ///
  /// @throws Problem 404, or 403 as for [#create] and for who may not change it
  public Agent update(Caller caller, String id, AgentDraft draft) {
    var chosen = draft.tools() == null ? null : refs(usable(caller, draft.tools()));
    return database.inTx(tx -> {
      var current = definitions.editable(tx, caller, KIND, id);
      charge(tx, caller, PricedAction.AGENT_UPDATE);
      var old = attached(tx, current).content();
      var refs = or(chosen, old.tools());
      var content =
          new Agent.Content(
              or(draft.description(), old.description()),
              or(draft.instructions(), old.instructions()),
              or(draft.model(), old.model()),
              or(draft.temperature(), old.temperature()),
              refs,
              or(draft.metadata(), old.metadata()),
              old.lineage());
      var agent =
          definitions.update(
              tx,
              caller,
              current,
              current.visibility(),
              or(draft.name(), current.name()),
              Json.tree(content));
      refer(tx, agent, refs);
      return attached(tx, agent);
    });
  }

  /// @throws Problem 404 when the caller does not see it
  public Agent get(Caller caller, String id) {
    return database.direct(tx -> attached(tx, definitions.byId(tx, caller, KIND, id)));
  }

  /// The current version of an agent that the caller may use.
  public Optional<Integer> version(Caller caller, String id) {
    return database
        .direct(tx -> definitions.usableById(tx, caller, KIND, id))
        .map(Definition::version);
  }

  /// The agent in a version, if the caller still may use it.
  Optional<Agent> pinned(Caller caller, String id, int version) {
    return database.direct(
        tx -> definitions.pinned(tx, caller, KIND, id, version).map(found -> attached(tx, found)));
  }

  /// Refuses another base than the one that the agent was made from.
  ///
  /// @throws Problem 404, or 400 saying whether the base would even make a circle
  public void keepBase(Caller caller, String id, String base) {
    var agent = get(caller, id);
    if (base.equals(agent.content().base())) {
      return;
    }
    var line = new ArrayList<>(List.of(id, base));
    database
        .direct(tx -> definitions.find(tx, caller, KIND, base))
        .map(found -> Agent.of(found, Set.of()).content().lineage())
        .ifPresent(lineage -> lineage.forEach(ancestor -> line.add(ancestor.id())));
    var again = line.lastIndexOf(id);
    throw Problem.invalid(
        again > 0
            ? "base_template would make a circle: " + String.join(" → ", line.subList(0, again + 1))
            : "base_template is fixed when an agent is made; make a new one from " + base);
  }

  /// The versions of an agent, the newest first.
  ///
  /// @throws Problem 404 when the caller does not see it
  public List<Revision> versions(Caller caller, String id) {
    return database.direct(tx -> definitions.revisions(tx, definitions.byId(tx, caller, KIND, id)));
  }

  /// Newest first.
  public Listed<Agent> list(Caller caller, Listing listing) {
    return database.direct(tx -> {
      var found = definitions.list(tx, caller, KIND, listing);
      return new Listed<>(attached(tx, found.page()), found.total());
    });
  }

  /// @param force although workflows use it
  /// @throws Problem 404, 403, or 409 naming what uses it
  public void delete(Caller caller, String id, boolean force) {
    database.useTx(tx -> {
      var agent = definitions.editable(tx, caller, KIND, id);
      var users = definitions.usedBy(tx, agent);
      if (!users.isEmpty() && !force) {
        throw Definitions.inUse(agent, users);
      }
      definitions.delete(tx, agent);
    });
  }

  /// The tools of these names or ids.
  ///
  /// @throws Problem 403 naming each that does not exist or that the caller may not use
  List<Tool> usable(Caller caller, List<String> names) {
    var found = new ArrayList<Tool>();
    var missing = new ArrayList<String>();
    for (var name : names.stream().distinct().toList()) {
      tools.find(caller, name).ifPresentOrElse(found::add, () -> missing.add(name));
    }
    if (!missing.isEmpty()) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN,
          "You have no access to these tools: " + String.join(", ", missing),
          Map.of("tools", missing));
    }
    return found;
  }

  /// @throws Problem 400 naming each that is switched off
  private List<Tool> assignable(List<Tool> chosen) {
    var off = database.direct(tx -> statuses.inactive(tx, chosen));
    var names = chosen.stream().filter(tool -> off.contains(tool.id())).map(Tool::name).toList();
    if (!names.isEmpty()) {
      throw Problem.of(
          Problem.Kind.INVALID,
          "These tools are inactive, so no new agent may have them: " + String.join(", ", names),
          Map.of("tools", names));
    }
    return chosen;
  }

  private void charge(Tx tx, Caller caller, PricedAction action) {
    credits.charge(tx, caller.workspaceId(), caller.userId(), action, Ids.next("charge"));
  }

  private Agent attached(Tx tx, Definition agent) {
    return attached(tx, List.of(agent)).getFirst();
  }

  private List<Agent> attached(Tx tx, List<Definition> agents) {
    var references = definitions.references(tx, agents);
    return agents.stream()
        .map(agent -> Agent.of(agent, references.getOrDefault(agent.id(), Set.of())))
        .toList();
  }

  private static List<Agent.ToolRef> refs(List<Tool> tools) {
    return tools.stream().map(tool -> new Agent.ToolRef(tool.id(), tool.name())).toList();
  }

  private void refer(Tx tx, Definition agent, List<Agent.ToolRef> refs) {
    definitions.refer(tx, agent, refs.stream().map(Agent.ToolRef::id).collect(Collectors.toSet()));
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
