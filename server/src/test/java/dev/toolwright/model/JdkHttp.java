package dev.toolwright.model;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressException.Kind;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;

/// The JDK's client as a model's way out, for tests: it asks no policy.
final class JdkHttp implements Http, AutoCloseable {
  private final HttpClient client = HttpClient.newHttpClient();

  @Override
  public EgressResponse send(EgressRequest request) throws EgressException, InterruptedException {
    var body = request.body() == null ? new byte[0] : request.body();
    var outgoing =
        HttpRequest.newBuilder(request.uri())
            .timeout(request.timeout())
            .method(request.method(), HttpRequest.BodyPublishers.ofByteArray(body));
    request.headers().forEach(outgoing::header);
    try {
      var response = client.send(outgoing.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new EgressResponse(response.statusCode(), response.headers().map(), response.body());
    } catch (HttpTimeoutException e) {
      throw new EgressException(Kind.TIMEOUT, "timeout", true);
    } catch (ConnectException e) {
      throw new EgressException(Kind.UNREACHABLE, "unreachable", false);
    } catch (IOException e) {
      throw new EgressException(Kind.BROKEN, "broken", true);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
