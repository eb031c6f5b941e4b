import java.io.IOException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What is measured: the floors of the machine, then the product's ways to call a tool.
final class Workloads {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String TEXT = "{\"text\":\"the quick brown fox\"}";

  private static final String JAVASCRIPT =
      "function words(params, context) {\n  return { words: params.text.split(/\\s+/).length };\n}\n";

  private static final String PYTHON =
      "def words(parameters, context):\n    return {\"words\": len(parameters[\"text\"].split())}\n";

  /// Tools of one workspace, and how many of them the caller may use.
  private static final int CROWD = 10_000;

  private static final int VISIBLE = 2_000;

  private final Product product;
  private final int echo;
  private final String token;

  /// The servers that answer, which callers are spread over.
  private final List<Integer> ports;

  private final AtomicInteger callers = new AtomicInteger();

  /// @param answering beside the product
  Workloads(Product product, List<Product> answering, int echo) throws IOException {
    this.product = product;
    this.ports = Stream.concat(Stream.of(product), answering.stream()).map(Product::port).toList();
    this.echo = echo;
    this.token = product.token();
  }

  private int port() {
    return ports.get(callers.getAndIncrement() % ports.size());
  }

  /// @param callers makes one more caller
  record Workload(String name, Callable<Load.Caller> callers) {}

  /// Makes the tools and the agent that they need.
  List<Workload> all() throws IOException, SQLException {
    function("words_js", "javascript", JAVASCRIPT);
    function("words_python", "python", PYTHON);
    tool("ping", "api_endpoint", JSON.createObjectNode().put("url", "http://127.0.0.1:" + echo + "/").put("method", "GET"));
    var agent = JSON.createObjectNode().put("name", "bench").put("instructions", "-").put("model", "rehearsal");
    agent.putArray("tools").add("calculator");
    var made = asked("/agents/create", agent);
    var id = JSON.readTree(made).path("agent_id").asString();
    try (var database = product.database();
        var statement = database.createStatement()) {
      statement.execute("create table bench (id bigint generated always as identity primary key, body text not null)");
      crowd(statement);
    }
    return List.of(
        new Workload("floor: JDK HTTP echo, called directly", () -> asking(echo, Wire.get("/", token), "pong")),
        new Workload("floor: committed insert of a row", this::inserting),
        new Workload("JavaScript tool over REST", test("words_js", TEXT, "\"words\":4")),
        new Workload("JavaScript tool over MCP", mcp("words_js", TEXT, "\"words\":4")),
        new Workload("list of 2 000 of 10 000 tools over MCP", lists()),
        new Workload("Python tool over REST", test("words_python", TEXT, "\"words\":4")),
        new Workload("HTTP tool over REST", test("ping", "{}", "\"pong\":true")),
        new Workload("durable job of 1 tool step", job(id, 1)),
        new Workload("durable job of 10 tool steps", job(id, 10)),
        new Workload("workflow of 10 tool steps in a row", workflow("sequential", 10)),
        new Workload("workflow of 10 tool steps at once", workflow("parallel", 10)));
  }

  /// Has the workspace hold very many tools, most of them another's and private.
  private static void crowd(Statement statement) throws SQLException {
    statement.execute(
        """
        with one as (
          select d.*, r.body, r.hash from definition d join revision r using (workspace_id, id)
          where d.name = 'ping' and r.number = 1
        ), made as (
          insert into definition (workspace_id, id, kind, name, owner_id)
          select workspace_id, 'tool_' || lpad(to_hex(n), 24, '0'), 'tool', 'crowd_' || lpad(n::text, 5, '0'),
            case when n <= %d then owner_id else 'user_of_nobody' end
          from one, generate_series(1, %d) n
          returning workspace_id, id, owner_id
        )
        insert into revision (workspace_id, id, number, body, hash, author_id)
        select made.workspace_id, made.id, 1, one.body, one.hash, made.owner_id from made, one
        """
            .formatted(VISIBLE, CROWD));
    statement.execute("analyze definition, revision");
  }

  /// The whole list, page by page.
  private Callable<Load.Caller> lists() throws IOException {
    var pages = new ArrayList<byte[]>();
    var names = 0;
    try (var wire = new Wire(product.port())) {
      var params = JSON.createObjectNode();
      while (true) {
        var message = JSON.createObjectNode().put("jsonrpc", "2.0").put("id", 1).put("method", "tools/list");
        message.set("params", params);
        pages.add(Wire.post("/mcp", token, message.toString()));
        var result = JSON.readTree(wire.ask(pages.getLast(), "\"tools\":")).path("result");
        names += result.path("tools").size();
        if (!result.has("nextCursor")) {
          break;
        }
        params = JSON.createObjectNode().put("cursor", result.path("nextCursor").asString());
      }
    }
    if (names < VISIBLE || names > VISIBLE + 100) {
      throw new IOException("Not the expected tools: " + names);
    }
    return () -> {
      var wire = new Wire(port());
      return new Load.Caller(
          () -> {
            for (var page : pages) {
              wire.ask(page, "\"tools\":");
            }
          },
          wire);
    };
  }

  private void function(String name, String language, String code) throws IOException {
    tool(name, "function", JSON.createObjectNode().put("language", language).put("code", code).put("function_name", "words"));
  }

  private void tool(String name, String type, ObjectNode implementation) throws IOException {
    var tool = JSON.createObjectNode().put("name", name).put("description", "Measured").put("tool_type", type);
    tool.set("implementation", implementation);
    asked("/agents/tools/create", tool);
  }

  private String asked(String path, ObjectNode body) throws IOException {
    try (var wire = new Wire(product.port())) {
      return wire.ask(Wire.post(path, token, body.toString()), "\"response\":\"200\"");
    }
  }

  private static Load.Caller asking(int port, byte[] request, String expected) throws IOException {
    var wire = new Wire(port);
    return new Load.Caller(() -> wire.ask(request, expected), wire);
  }

  private Load.Caller inserting() throws IOException, SQLException {
    var database = product.database();
    var insert = database.prepareStatement("insert into bench (body) values (?)");
    var body = "x".repeat(200);
    return new Load.Caller(
        () -> {
          insert.setString(1, body);
          insert.execute();
        },
        database);
  }

  private Callable<Load.Caller> test(String tool, String parameters, String expected) {
    var request = Wire.post("/agents/tools/" + tool + "/test", token, "{\"parameters\":" + parameters + "}");
    return () -> asking(port(), request, expected);
  }

  private Callable<Load.Caller> mcp(String tool, String arguments, String expected) {
    var request =
        Wire.post(
            "/mcp",
            token,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":" + arguments + "}}");
    return () -> asking(port(), request, expected);
  }

  /// A workflow whose steps call a tool in the server's process: from its submission to its result, each step stored
  /// before the next.
  private Callable<Load.Caller> workflow(String type, int steps) throws IOException {
    var workflow = JSON.createObjectNode().put("name", type);
    var list = workflow.putArray("steps");
    for (var i = 0; i < steps; i++) {
      list.addObject()
          .put("step_id", "s" + i)
          .put("step_type", type)
          .put("tool_name", "calculator")
          .putObject("parameters")
          .put("expression", "6*7");
    }
    try (var wire = new Wire(product.port())) {
      var made = wire.ask(Wire.post("/api/workflows", token, workflow.toString()), "\"id\":");
      var id = JSON.readTree(made).path("id").asString();
      return waited(Wire.post("/api/workflows/" + id + "/runs", token, "{}"), "\"job_id\":\"");
    }
  }

  /// A job whose model wishes one call of a tool in the server's process after another and then answers: from its
  /// submission to its result, each step stored before the next.
  private Callable<Load.Caller> job(String agent, int steps) {
    var message = "CALL calculator {\"expression\":\"6*7\"}\n---\n".repeat(steps) + "SAY done";
    var submit =
        Wire.post(
            "/agents/execute",
            token,
            JSON.createObjectNode().put("agent_id", agent).put("message", message).toString());
    return waited(submit, "\"job_id\":\"");
  }

  /// Submits a job and waits for its end.
  ///
  /// @param key before the job's id in the answer
  private Callable<Load.Caller> waited(byte[] submit, String key) {
    return () -> {
      var wire = new Wire(port());
      return new Load.Caller(
          () -> {
            var answer = wire.ask(submit, key);
            var from = answer.indexOf(key) + key.length();
            var job = answer.substring(from, answer.indexOf('"', from));
            wire.ask(Wire.get("/agents/status/" + job + "?wait=30", token), "\"status\":\"completed\"");
          },
          wire);
    };
  }
}
