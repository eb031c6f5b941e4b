package dev.toolwright.importer.openapi;

import dev.toolwright.account.Caller;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Schemas;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Fetches documents and reads them: two at a time, each on a thread of its own and for a limited
/// time, since they come from anywhere.
public final class Documents {
  private static final Duration FETCH_LIMIT = Duration.ofSeconds(20);
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final long STACK = 16L << 20;
  private static final String ACCEPT =
      "application/vnd.oai.openapi+json, application/json, application/yaml, text/yaml, */*;q=0.1";

  private final Egress egress;
  private final Schemas schemas;
  private final Duration limit;
  private final Semaphore slots = new Semaphore(2, true);

  public Documents(Egress egress, Schemas schemas) {
    this(egress, schemas, Duration.ofSeconds(60));
  }

  Documents(Egress egress, Schemas schemas, Duration limit) {
    this.egress = egress;
    this.schemas = schemas;
    this.limit = limit;
  }

  /// Reads the document of a request. Empty when something is at fault, which `in` then knows.
  ///
  /// @throws Problem 503 when too many are being read
  Optional<Plan> read(Caller caller, ImportRequest request, Fields in) throws InterruptedException {
    var field = request.url() == null ? "content" : "url";
    if (request.url() == null && request.content() == null) {
      in.fault("url", "or content is required");
      return Optional.empty();
    }
    try {
      var address = request.url() == null ? null : address(request.url());
      var fetched = address == null ? null : fetched(caller, address);
      return Optional.of(timed(() -> plan(request, fetched, address)));
    } catch (Unfit e) {
      in.fault(field, e.why());
      return Optional.empty();
    }
  }

  private Plan plan(ImportRequest request, byte @Nullable [] fetched, @Nullable URI address)
      throws Unfit {
    var content = request.content();
    var tree =
        fetched != null
            ? DocumentText.read(fetched, request.format())
            : content instanceof ObjectNode object
                ? DocumentText.checked(object)
                : DocumentText.read(content == null ? "" : content.asString(""), request.format());
    return Plan.of(
        tree, address, request.baseUrl(), Boolean.TRUE.equals(request.responseSchemas()), schemas);
  }

  private static URI address(String url) throws Unfit {
    try {
      return new URI(url.strip());
    } catch (URISyntaxException _) {
      throw new Unfit("is no address");
    }
  }

  private byte[] fetched(Caller caller, URI address) throws Unfit, InterruptedException {
    try {
      var answer =
          egress.send(
              List.of(caller.workspaceId()),
              new EgressRequest(
                  "GET",
                  address,
                  Map.of("Accept", ACCEPT),
                  null,
                  FETCH_LIMIT,
                  DocumentText.MAX_BYTES));
      if (answer.status() != 200) {
        throw new Unfit("could not be fetched: it answered " + answer.status());
      }
      return answer.body();
    } catch (EgressException e) {
      throw new Unfit(
          e.kind() == EgressException.Kind.TOO_LARGE
              ? "is larger than 10 MB"
              : "could not be fetched: " + e.getMessage());
    }
  }

  /// What reads a document.
  @FunctionalInterface
  interface Reading<T> {
    T read() throws Unfit;
  }

  /// A reading that takes too long is left to itself: it holds its slot until it ends, so that
  /// there are never more than two.
  <T> T timed(Reading<T> reading) throws Unfit, InterruptedException {
    if (!slots.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw Problem.retryLater(
          Problem.Kind.UNAVAILABLE, "Too many documents are being read at once", PATIENCE);
    }
    var task = new FutureTask<>(reading::read);
    Thread.ofPlatform()
        .name("import")
        .daemon()
        .stackSize(STACK)
        .start(() -> {
          try {
            task.run();
          } finally {
            slots.release();
          }
        });
    try {
      return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      throw new Unfit("takes too long to read");
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } finally {
      task.cancel(true);
    }
  }

  private static Unfit failure(@Nullable Throwable cause) {
    return switch (cause) {
      case Unfit unfit -> unfit;
      case StackOverflowError _ -> new Unfit("is nested too deeply");
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> throw new IllegalStateException("A document was not read", cause);
    };
  }
}
