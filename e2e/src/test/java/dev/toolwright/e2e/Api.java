package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A client of the Agents face with one token. Each request has a connection of its own client, so
/// that a killed server leaves no half-dead one behind.
final class Api {
  static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  private final Supplier<URI> address;
  private final String token;

  Api(Supplier<URI> address, String token) {
    this.address = address;
    this.token = token;
  }

  /// @param text the body as it came
  record Answer(int status, HttpResponse<String> response, String text) {
    JsonNode json() {
      return JSON.readTree(text);
    }

    /// The body of a 200.
    JsonNode ok() {
      return as(200);
    }

    /// The body of an answer with this status.
    JsonNode as(int expected) {
      assertThat(status).as(text).isEqualTo(expected);
      return json();
    }
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  String token() {
    return token;
  }

  Answer get(String path) {
    return send(request(path).GET());
  }

  Answer post(String path, JsonNode body, String... headers) {
    return postText(path, JSON.writeValueAsString(body), headers);
  }

  /// @param body may be anything, also no JSON
  Answer postText(String path, String body, String... headers) {
    var request = request(path).POST(BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  Answer patch(String path, JsonNode body) {
    return send(
        request(path).method("PATCH", BodyPublishers.ofString(JSON.writeValueAsString(body))));
  }

  Answer delete(String path) {
    return send(request(path).DELETE());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address.get() + path))
        .timeout(TIMEOUT)
        .header("X-Token", token)
        .header("Content-Type", "application/json");
  }

  private static Answer send(HttpRequest.Builder request) {
    try (var client = HttpClient.newHttpClient()) {
      var response = client.send(request.build(), BodyHandlers.ofString());
      return new Answer(response.statusCode(), response, response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// Creates a Python tool that takes anything.
  void pythonTool(String name, String code, int timeoutMs) {
    var tool = tool(name, "function", timeoutMs);
    tool.putObject("implementation").put("code", code);
    post("/agents/tools/create", tool).ok();
  }

  /// Creates a tool that sends what it is given to `url`.
  ///
  /// @param idempotent whether it may be repeated under the same key
  void httpTool(String name, String method, String url, boolean idempotent, int timeoutMs) {
    var tool = tool(name, "api_endpoint", timeoutMs);
    tool.putObject("implementation").put("url", url).put("method", method);
    tool.putObject("behavior").put("read_only", false).put("idempotent", idempotent);
    post("/agents/tools/create", tool).ok();
  }

  private static ObjectNode tool(String name, String type, int timeoutMs) {
    var tool = object().put("name", name).put("description", "A tool for a test");
    tool.put("tool_type", type).put("max_execution_time_ms", timeoutMs);
    tool.putObject("parameters_schema").put("type", "object").putObject("properties");
    return tool;
  }

  /// Runs a tool once.
  Answer test(String tool, JsonNode parameters) {
    return post("/agents/tools/" + tool + "/test", object().set("parameters", parameters));
  }

  /// Creates an agent and gives its id.
  String agent(String name, String... tools) {
    var agent = object().put("name", name).put("instructions", "Do as directed.");
    agent.put("model", "scripted");
    var list = agent.putArray("tools");
    for (var tool : tools) {
      list.add(tool);
    }
    return post("/agents/create", agent).ok().path("agent_id").asString();
  }

  /// Submits a job and gives its id.
  String execute(String agentId, String message) {
    return execute(task(agentId, message)).ok().path("job_id").asString();
  }

  Answer execute(ObjectNode task, String... headers) {
    return post("/agents/execute", task, headers);
  }

  static ObjectNode task(String agentId, String message) {
    return object().put("agent_id", agentId).put("message", message);
  }

  JsonNode job(String jobId) {
    return get("/agents/status/" + jobId).ok();
  }

  /// Waits until the job has ended.
  JsonNode end(String jobId) {
    var deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      var job = get("/agents/status/" + jobId + "?wait=10").ok();
      var status = job.path("status").asString();
      if (status.equals("completed") || status.equals("failed") || status.equals("cancelled")) {
        return job;
      }
      assertThat(System.nanoTime()).as("%s", job).isLessThan(deadline);
    }
  }

  JsonNode act(String jobId, String action) {
    return post("/agents/status/" + jobId + "/" + action, object()).ok();
  }

  /// Says what became of every step of a job that waits for it.
  JsonNode resolve(String jobId, String action) {
    return post("/agents/status/" + jobId + "/resolve", object().put("action", action)).ok();
  }

  /// Follows a job's events after the one numbered `last`.
  Events events(String jobId, long last) {
    var request =
        request("/agents/status/" + jobId + "/events")
            .header("Last-Event-ID", Long.toString(last))
            .GET();
    return Events.open(request.build());
  }
}
