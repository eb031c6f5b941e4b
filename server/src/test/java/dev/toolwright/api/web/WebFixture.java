package dev.toolwright.api.web;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.NewUser;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.idempotency.Idempotency;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A real server on a real port and database, with one workspace and its users `admin`, `ada` (a
/// member) and `vera` (a viewer restricted to the group `agents`).
public final class WebFixture implements AutoCloseable {
  public final TestDatabase database = TestDatabase.fresh();
  public final Accounts accounts =
      new Accounts(database.database(), new Audit(), InstantSource.system());
  public final Idempotency idempotency = new Idempotency(database.database(), "node_test");
  public final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  public final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  public final String adminToken;
  public final String token;
  public final String viewerToken;
  public final Web web;

  public WebFixture(Function<WebFixture, List<Route>> routes) {
    this(routes, new WebSettings("127.0.0.1", 0, List.of()));
  }

  public WebFixture(Function<WebFixture, List<Route>> routes, WebSettings settings) {
    var workspace = database.database().inTx(tx -> accounts.createWorkspace(tx, "home"));
    adminToken = token(user(workspace, "admin", Role.ADMIN, 0));
    token = token(user(workspace, "ada", Role.MEMBER, 1));
    viewerToken = token(user(workspace, "vera", Role.VIEWER, 2));
    web = Web.start(settings, accounts, idempotency, meters, routes.apply(this));
  }

  private Caller user(String workspace, String name, Role role, int scope) {
    try {
      return accounts.createUser(
          new NewUser(workspace, name, "secret " + name, role, scope, Set.of("agents")));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private String token(Caller user) {
    return database.database().inTx(tx -> accounts.issue(tx, user, "test", null)).token();
  }

  /// A request for a path (with query), to be given its headers and sent.
  public HttpRequest.Builder request(String method, String path, @Nullable String body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port() + path))
        .timeout(Duration.ofSeconds(20))
        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
  }

  public HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /// Calls as the member `ada`.
  public HttpResponse<String> call(String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    return send(request(method, path, body).header("X-Token", token));
  }

  /// Sends bytes as they are and returns all that comes back until the server closes.
  public String raw(String text) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
      socket.setSoTimeout(10_000);
      OutputStream output = socket.getOutputStream();
      output.write(text.getBytes(StandardCharsets.ISO_8859_1));
      output.flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    web.close();
    client.close();
    database.close();
  }
}
