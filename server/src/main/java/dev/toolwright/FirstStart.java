package dev.toolwright;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.NewUser;
import dev.toolwright.account.Role;
import dev.toolwright.account.Workspaces;
import dev.toolwright.agent.Agent;
import dev.toolwright.agent.AgentDraft;
import dev.toolwright.agent.Agents;
import dev.toolwright.config.Failpoint;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.ToolDraft;
import dev.toolwright.tool.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// What an empty server gets: a workspace, its first admin with a password and a token, two tools
/// and an agent.
final class FirstStart {
  private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);
  private static final String WORKSPACE = Workspaces.FIRST;
  static final String ADMIN = "admin";
  private static final String CLERK = "Clerk";

  /// A file of this name says that the tools and the agent were made once: whoever deletes them
  /// does not get them back.
  static final String SEEDED = "seeded";

  /// The sandbox reads the tools before they are saved; on a slow machine it starts for long.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String WORD_COUNT =
      """
      import re


      def word_count(parameters, context):
          text = parameters["text"]
          words = re.findall(r"\\w+", text)
          return {"words": len(words), "characters": len(text), "longest": max(words, key=len, default="")}
      """;

  private static final String DAYS_BETWEEN =
      """
      from datetime import date


      def days_between(parameters, context):
          start = date.fromisoformat(parameters["start"])
          end = date.fromisoformat(parameters["end"])
          return {"days": (end - start).days, "weekday": end.strftime("%A")}
      """;

  private final Database database;
  private final Accounts accounts;
  private final Tools tools;
  private final Agents agents;
  private final Sandbox sandbox;
  private final Path home;
  private FirstLogin login = new FirstLogin(ADMIN, "", "");
  private String agentId = "";

  FirstStart(
      Database database,
      Accounts accounts,
      Tools tools,
      Agents agents,
      Sandbox sandbox,
      Path home) {
    this.database = database;
    this.accounts = accounts;
    this.tools = tools;
    this.agents = agents;
    this.sandbox = sandbox;
    this.home = home;
  }

  /// Fills an empty server, and completes what an earlier start was kept from completing; does
  /// nothing to any other.
  ///
  /// @return whether something was made, so that [#greeting] has news
  boolean run() throws InterruptedException {
    if (!database.direct(tx -> accounts.exists(tx, ADMIN))) {
      if (!createAdmin()) {
        return false;
      }
      seed();
      return true;
    }
    var known = FirstLogin.read(home);
    if (known.isEmpty() || Files.exists(home.resolve(SEEDED))) {
      return false;
    }
    login = known.get();
    return seed();
  }

  /// The file is there before the user counts, so a password or token that counts is never lost.
  ///
  /// @return false if another server on this database was first
  private boolean createAdmin() throws InterruptedException {
    var workspace =
        database.inTx(tx ->
            accounts
                .workspace(tx, WORKSPACE)
                .orElseGet(() -> accounts.createWorkspace(tx, WORKSPACE)));
    var password = Ids.random(12);
    try {
      deleteMarker();
      login =
          accounts.createUser(
              new NewUser(workspace, ADMIN, password, Role.ADMIN, 0, Set.of()),
              (tx, admin) -> {
                var made = withToken(tx, admin, password);
                Failpoint.hit("first.afterFile");
                return made;
              });
    } catch (Problem e) {
      if (e.kind() == Problem.Kind.CONFLICT) {
        return false;
      }
      throw e;
    }
    Failpoint.hit("first.afterUser");
    return true;
  }

  /// Issues a token and writes the file, to be called before the commit: should the transaction be
  /// run again, so is this.
  private FirstLogin withToken(Tx tx, Caller admin, String password) {
    var token = accounts.issue(tx, admin, "first login", null).token();
    var made = new FirstLogin(admin.username(), password, token);
    made.write(home);
    return made;
  }

  /// Makes what is missing of the token, the tools and the agent.
  ///
  /// @return whether all of it is there now
  private boolean seed() throws InterruptedException {
    var admin = database.direct(tx -> accounts.user(tx, ADMIN)).orElse(null);
    if (admin == null) {
      return false;
    }
    if (login.token().isEmpty()) {
      login = database.inTx(tx -> withToken(tx, admin, login.password()));
    }
    var sandboxed = sandbox.awaitTested(PATIENCE);
    try {
      seed(admin, wordCount());
      Failpoint.hit("first.afterTool");
      seed(admin, daysBetween());
      agentId = clerk(admin).id();
      Failpoint.hit("first.afterAgent");
      Files.writeString(home.resolve(SEEDED), "");
      return true;
    } catch (Problem e) {
      LOG.warn(
          "The first tools were not made ({}, {}); the next start tries again",
          e.getMessage(),
          sandboxed.message());
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void deleteMarker() {
    try {
      Files.deleteIfExists(home.resolve(SEEDED));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void seed(Caller admin, ToolDraft draft) throws InterruptedException {
    if (tools.find(admin, String.valueOf(draft.name())).isEmpty()) {
      tools.create(admin, draft, Fields.of(Json.object()), false);
    }
  }

  private Agent clerk(Caller admin) {
    var draft =
        new AgentDraft(
            CLERK,
            "Counts words and days",
            "You help with small office questions. Use your tools rather than guessing, and answer in one sentence.",
            null,
            0.2,
            List.of("word_count", "days_between"),
            null);
    return agents.list(admin, Listing.of(Definitions.Scope.MINE)).page().stream()
        .filter(agent -> agent.name().equals(CLERK))
        .findFirst()
        .orElseGet(() -> agents.create(admin, draft, false));
  }

  private static ToolDraft wordCount() {
    var schema = schema("text");
    ((ObjectNode) schema.path("properties").path("text")).put("description", "The text to count");
    return draft("word_count", "Counts the words and characters of a text", WORD_COUNT, schema);
  }

  private static ToolDraft daysBetween() {
    var schema = schema("start", "end");
    for (var name : new TreeSet<>(List.of("start", "end"))) {
      ((ObjectNode) schema.path("properties").path(name))
          .put("format", "date")
          .put("description", "A day as YYYY-MM-DD");
    }
    return draft("days_between", "Counts the days from one date to another", DAYS_BETWEEN, schema);
  }

  private static ObjectNode schema(String... names) {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    var required = schema.putArray("required");
    for (var name : names) {
      properties.putObject(name).put("type", "string");
      required.add(name);
    }
    return schema.put("additionalProperties", false);
  }

  private static ToolDraft draft(String name, String description, String code, ObjectNode schema) {
    return new ToolDraft(
        name,
        null,
        description,
        "productivity",
        new Config.Function("python", code, name, null, null, null),
        schema,
        null,
        null,
        10_000,
        null,
        null,
        Visibility.ORG,
        null,
        null,
        null);
  }

  /// Who the first admin is, and three lines to paste.
  List<String> greeting(URI address) {
    var lines = new ArrayList<String>();
    lines.add("");
    lines.add("The first admin, also kept in " + home.resolve(FirstLogin.FILE) + ":");
    lines.add("  username " + ADMIN + "  password " + login.password());
    lines.add("  token    " + login.token());
    lines.add("");
    if (agentId.isEmpty()) {
      lines.add("The first tools were not made: `toolwright doctor` says what is missing.");
      return lines;
    }
    lines.add("Test a tool, run an agent, add the tools to an MCP client:");
    lines.add("");
    lines.addAll(paste(address.toString()));
    return lines;
  }

  private List<String> paste(String address) {
    return List.of(
        """
        curl -s %s/agents/tools/word_count/test -H 'X-Token: %s' -H 'Content-Type: application/json' -d '{"parameters": {"text": "one two three"}}'\
        """
            .formatted(address, login.token()),
        """
        curl -s %s/agents/execute -H 'X-Token: %s' -H 'Content-Type: application/json' -d '{"agent_id": "%s", "message": "How many words are in: to be or not to be?\\nCALL word_count {\\"text\\": \\"to be or not to be\\"}\\nSAY The tool says <<last_tool_result>>"}'\
        """
            .formatted(address, login.token(), agentId),
        """
        claude mcp add --transport http toolwright %s/mcp --header "Authorization: Bearer %s\"\
        """
            .formatted(address, login.token()));
  }
}
