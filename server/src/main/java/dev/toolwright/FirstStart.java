package dev.toolwright;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.NewUser;
import dev.toolwright.account.Role;
import dev.toolwright.account.Workspaces;
import dev.toolwright.agent.AgentDraft;
import dev.toolwright.agent.Agents;
import dev.toolwright.database.Database;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.ToolDraft;
import dev.toolwright.tool.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
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
  static final String FILE = "first-login.txt";

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
  private final Path file;
  private String password = "";
  private String token = "";
  private String agentId = "";

  FirstStart(Database database, Accounts accounts, Tools tools, Agents agents, Path home) {
    this.database = database;
    this.accounts = accounts;
    this.tools = tools;
    this.agents = agents;
    this.file = home.resolve(FILE);
  }

  /// Fills an empty server; does nothing to any other. The file is written before the user exists,
  /// so that a password that counts is never lost.
  boolean run() throws InterruptedException {
    if (database.direct(tx -> accounts.isTaken(tx, ADMIN))) {
      return false;
    }
    password = Ids.random(12);
    write("username=" + ADMIN + "\npassword=" + password + "\n");
    var workspace =
        database.inTx(tx ->
            accounts
                .workspace(tx, WORKSPACE)
                .orElseGet(() -> accounts.createWorkspace(tx, WORKSPACE)));
    var admin =
        accounts.createUser(new NewUser(workspace, ADMIN, password, Role.ADMIN, 0, Set.of()));
    token = database.inTx(tx -> accounts.issue(tx, admin, "first login", null)).token();
    write("username=" + ADMIN + "\npassword=" + password + "\ntoken=" + token + "\n");
    seed(admin);
    return true;
  }

  private void write(String text) {
    try {
      var fresh = file.resolveSibling(FILE + ".new");
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, text, StandardOpenOption.WRITE);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void seed(Caller admin) throws InterruptedException {
    try {
      tools.create(admin, wordCount(), Fields.of(Json.object()), false);
      tools.create(admin, daysBetween(), Fields.of(Json.object()), false);
      var clerk =
          agents.create(
              admin,
              new AgentDraft(
                  "Clerk",
                  "Counts words and days",
                  "You help with small office questions. Use your tools rather than guessing, and answer in one sentence.",
                  null,
                  0.2,
                  List.of("word_count", "days_between"),
                  null),
              false);
      agentId = clerk.id();
    } catch (Problem e) {
      LOG.warn("The first tools were not made: {}", e.getMessage());
    }
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
        description,
        "productivity",
        new Config.Function("python", code, name),
        schema,
        null,
        10_000,
        null,
        Visibility.ORG,
        null,
        false);
  }

  /// Who the first admin is, and three lines to paste.
  List<String> greeting(URI address) {
    var lines = new ArrayList<String>();
    lines.add("");
    lines.add("The first admin, also kept in " + file + ":");
    lines.add("  username " + ADMIN + "  password " + password);
    lines.add("  token    " + token);
    lines.add("");
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
            .formatted(address, token),
        """
        curl -s %s/agents/execute -H 'X-Token: %s' -H 'Content-Type: application/json' -d '{"agent_id": "%s", "message": "How many words are in: to be or not to be?\\nCALL word_count {\\"text\\": \\"to be or not to be\\"}\\nSAY The tool says <<last_tool_result>>"}'\
        """
            .formatted(address, token, agentId),
        """
        claude mcp add --transport http toolwright %s/mcp --header "Authorization: Bearer %s\"\
        """
            .formatted(address, token));
  }
}
