package dev.toolwright.agent;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.credit.Credits;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definitions;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Tools;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Agents made from a template, or from another agent of the same owner. What they inherit is
/// settled when they are made: a base that changes later changes nothing in them.
public final class CustomAgents {
  /// Bases above an agent, the template included.
  public static final int MAX_DEPTH = 8;

  private final Database database;
  private final Definitions definitions;
  private final Agents agents;
  private final Tools tools;
  private final Credits credits;
  private final AgentLibrary library;

  public CustomAgents(
      Database database,
      Definitions definitions,
      Agents agents,
      Tools tools,
      Credits credits,
      AgentLibrary library) {
    this.database = database;
    this.definitions = definitions;
    this.agents = agents;
    this.tools = tools;
    this.credits = credits;
    this.library = library;
  }

  public AgentLibrary library() {
    return library;
  }

  /// A new agent.
  ///
  /// @param skippedTools names of the tools it should have had and that its maker may not use
  public record Made(Agent agent, List<String> skippedTools) {}

  /// Makes an agent for two credits. What the draft leaves out comes from the base; its
  /// instructions are appended to the base's, its tools replace them.
  ///
  /// @param base id of a template or of an agent of the caller; null: none
  /// @throws Problem 400 for an unknown base, one that is too deep, or too long instructions
  public Made create(Caller caller, AgentDraft draft, @Nullable String base) {
    caller.require(Role.MEMBER);
    var plan = plan(caller, draft, base);
    return database.inTx(tx -> save(tx, caller, plan));
  }

  /// Makes every agent of a pack, for the price of each, or none of them.
  ///
  /// @throws Problem 404
  public List<Made> install(Caller caller, String packId) {
    caller.require(Role.MEMBER);
    var pack = library.pack(packId).orElseThrow(() -> Problem.notFound("Pack", packId));
    var plans = pack.agents().stream().map(member -> plan(caller, member)).toList();
    return database.inTx(tx -> plans.stream().map(plan -> save(tx, caller, plan)).toList());
  }

  private Plan plan(Caller caller, AgentPack.Member member) {
    var draft =
        new AgentDraft(
            member.name(),
            member.description(),
            member.instructions(),
            null,
            null,
            member.tools(),
            null);
    return plan(caller, draft, member.baseTemplate());
  }

  /// An agent that is ready to be stored.
  private record Plan(String name, Agent.Content content, List<String> skippedTools) {}

  private Plan plan(Caller caller, AgentDraft draft, @Nullable String baseId) {
    var base = baseId == null ? Inherited.NONE : base(caller, baseId);
    var wanted =
        draft.tools() == null
            ? base.tools()
            : draft.tools().stream().map(tool -> new Agent.ToolRef(tool, tool)).toList();
    var found = new ArrayList<Agent.ToolRef>();
    var skipped = new ArrayList<String>();
    for (var ref : wanted.stream().distinct().toList()) {
      tools
          .find(caller, ref.id())
          .map(tool -> new Agent.ToolRef(tool.id(), tool.name()))
          .ifPresentOrElse(
              tool -> {
                if (!found.contains(tool)) {
                  found.add(tool);
                }
              },
              () -> skipped.add(ref.name()));
    }
    var content =
        new Agent.Content(
            Objects.requireNonNullElse(draft.description(), base.description()),
            instructions(base.instructions(), draft.instructions()),
            Objects.requireNonNullElse(draft.model(), base.model()),
            Objects.requireNonNullElse(draft.temperature(), base.temperature()),
            found,
            Objects.requireNonNullElse(draft.metadata(), base.metadata().deepCopy()),
            base.lineage());
    return new Plan(Objects.requireNonNullElse(draft.name(), ""), content, skipped);
  }

  private static String instructions(String inherited, @Nullable String own) {
    if (own == null || own.isBlank() || inherited.isBlank()) {
      return inherited.isBlank() ? Objects.requireNonNullElse(own, "") : inherited;
    }
    var joined = inherited + "\n\n" + own.strip();
    if (joined.codePointCount(0, joined.length()) > Agent.MAX_INSTRUCTIONS) {
      throw Problem.invalid(
          "instructions must have at most %d characters together with the base's"
              .formatted(Agent.MAX_INSTRUCTIONS));
    }
    return joined;
  }

  /// What an agent inherits.
  private record Inherited(
      String description,
      String instructions,
      String model,
      double temperature,
      List<Agent.ToolRef> tools,
      JsonNode metadata,
      List<Agent.Ancestor> lineage) {
    static final Inherited NONE =
        new Inherited(
            "",
            "",
            Agents.DEFAULT_MODEL,
            Agents.DEFAULT_TEMPERATURE,
            List.of(),
            Json.object(),
            List.of());
  }

  private Inherited base(Caller caller, String id) {
    return library.template(id).map(CustomAgents::of).orElseGet(() -> own(caller, id));
  }

  private static Inherited of(AgentTemplate template) {
    return new Inherited(
        template.description(),
        template.instructions(),
        template.model(),
        template.temperature(),
        template.defaultTools().stream().map(tool -> new Agent.ToolRef(tool, tool)).toList(),
        Json.object(),
        List.of(new Agent.Ancestor(template.id(), null)));
  }

  private Inherited own(Caller caller, String id) {
    var agent =
        database
            .direct(tx -> definitions.find(tx, caller, Agents.KIND, id))
            .filter(found ->
                found.workspaceId().equals(caller.workspaceId())
                    && found.ownerId().equals(caller.userId()))
            .map(found -> agents.get(caller, found.id()))
            .orElseThrow(() ->
                Problem.invalid("base_template names no template and no agent of yours: " + id));
    var content = agent.content();
    var lineage = new ArrayList<Agent.Ancestor>();
    lineage.add(new Agent.Ancestor(agent.id(), agent.version()));
    lineage.addAll(content.lineage());
    if (lineage.size() > MAX_DEPTH) {
      throw Problem.invalid(
          "base_template is too deep: there may be at most %d bases above an agent, and %s has %d"
              .formatted(MAX_DEPTH, id, content.lineage().size()));
    }
    return new Inherited(
        content.description(),
        content.instructions(),
        content.model(),
        content.temperature(),
        content.tools(),
        content.metadata(),
        lineage);
  }

  private Made save(Tx tx, Caller caller, Plan plan) {
    credits.charge(
        tx,
        caller.workspaceId(),
        caller.userId(),
        PricedAction.AGENT_CUSTOMISE,
        Ids.next("charge"));
    return new Made(agents.store(tx, caller, plan.name(), plan.content()), plan.skippedTools());
  }
}
