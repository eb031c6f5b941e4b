package dev.toolwright.api.web;

import dev.toolwright.account.Caller;
import dev.toolwright.database.Tx;
import dev.toolwright.idempotency.Claim;
import dev.toolwright.idempotency.Idempotency;
import dev.toolwright.json.Json;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An exchange on a servlet request. Holds the answer back until `send`.
final class ServletExchange implements Exchange {
  private record Answer(int status, String type, byte[] bytes, @Nullable JsonNode json) {}

  private final Context context;
  private final Query query;
  private final RequestBody body;
  private final BooleanSupplier ending;
  private final Idempotency idempotency;
  private @Nullable Caller caller;
  private String tokenId = "";
  private @Nullable Answer answer;
  private Claim.@Nullable Fresh claim;
  private boolean claimStoresBody = true;
  private boolean kept;
  private boolean streaming;

  ServletExchange(Context context, Idempotency idempotency, BooleanSupplier ending) {
    this.context = context;
    this.query = new Query(context.req().getQueryString());
    this.body = new RequestBody(context.req());
    this.idempotency = idempotency;
    this.ending = ending;
  }

  void calledBy(Caller identified, String itsToken) {
    caller = identified;
    tokenId = itsToken;
  }

  /// From now on the answer is to be kept for this claim.
  void claimed(Claim.Fresh fresh, boolean storesBody) {
    claim = fresh;
    claimStoresBody = storesBody;
  }

  RequestBody requestBody() {
    return body;
  }

  /// Whether `idempotent` has kept the answer that will be sent.
  boolean isKept() {
    return kept;
  }

  /// The status of the answer so far; 204 while there is none.
  int status() {
    return answer == null ? 204 : answer.status();
  }

  @Nullable JsonNode jsonAnswer() {
    return answer == null ? null : answer.json();
  }

  boolean isCommitted() {
    return streaming || context.res().isCommitted();
  }

  /// Sends what the handler has answered.
  void send() throws IOException {
    if (streaming) {
      return;
    }
    var response = context.res();
    response.setStatus(status());
    if (answer == null) {
      response.setContentType(null);
      return;
    }
    response.setContentType(answer.type());
    response.setContentLengthLong(answer.bytes().length);
    response.getOutputStream().write(answer.bytes());
  }

  @Override
  public Caller caller() {
    if (caller == null) {
      throw new IllegalStateException("A public route has no caller");
    }
    return caller;
  }

  @Override
  public String tokenId() {
    return tokenId;
  }

  @Override
  public String path(String name) {
    return context.pathParam(name);
  }

  @Override
  public String path() {
    return context.path();
  }

  @Override
  public @Nullable String query(String name) {
    return query.first(name);
  }

  @Override
  public List<String> queries(String name) {
    return query.all(name);
  }

  @Override
  public @Nullable String queryString() {
    return context.req().getQueryString();
  }

  @Override
  public int intQuery(String name, int fallback, int min, int max) {
    return query.integer(name, fallback, min, max);
  }

  @Override
  public boolean flag(String name, boolean fallback) {
    return query.flag(name, fallback);
  }

  @Override
  public @Nullable String header(String name) {
    return context.req().getHeader(name);
  }

  @Override
  public String remoteAddress() {
    return context.req().getRemoteAddr();
  }

  @Override
  public String requestId() {
    return String.valueOf(context.req().getAttribute(Headers.attribute()));
  }

  @Override
  public ObjectNode body() {
    return body.object();
  }

  @Override
  public JsonNode value(int most) {
    return body.value(most);
  }

  @Override
  public byte[] rawBody() {
    return body.bytes().clone();
  }

  @Override
  public void json(int status, Object value) {
    var node = value instanceof JsonNode already ? already : Json.tree(value);
    answer = new Answer(status, "application/json", Json.bytes(node), node);
    kept = false;
  }

  @Override
  public void bytes(int status, String contentType, byte[] content) {
    answer = new Answer(status, contentType, content.clone(), null);
    kept = false;
  }

  @Override
  public void header(String name, String value) {
    context.res().setHeader(name, value);
  }

  @Override
  public void idempotent(Tx tx, int status, JsonNode value) {
    json(status, value);
    if (claim != null) {
      idempotency.done(tx, claim, status, claimStoresBody ? value : null);
      kept = true;
    }
  }

  @Override
  public Sse sse() {
    streaming = true;
    return new SseStream(context.res(), ending, context.req().getMethod().equalsIgnoreCase("HEAD"));
  }
}
