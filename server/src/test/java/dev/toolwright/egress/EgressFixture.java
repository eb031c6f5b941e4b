package dev.toolwright.egress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An egress whose internet is 127.66.0.0/16, with names that the test decides.
final class EgressFixture implements AutoCloseable {
  final AtomicInteger lookups = new AtomicInteger();
  private final Map<String, List<InetAddress[]>> answers = new HashMap<>();
  private final List<RawServer> servers = new ArrayList<>();
  final Egress egress;

  EgressFixture() throws MalformedEgressPolicy {
    this(EgressPolicy.parse("127.66.0.0/16", ""));
  }

  EgressFixture(EgressPolicy policy) {
    this(policy, _ -> EgressRules.open());
  }

  EgressFixture(EgressPolicy policy, WorkspaceRules workspaces) {
    egress = new Egress(policy, this::resolve, workspaces);
  }

  DriverHosts drivers(String approved, String deny, WorkspaceRules workspaces)
      throws MalformedEgressPolicy {
    return new DriverHosts(EgressPolicy.ofDrivers(approved, deny), this::resolve, workspaces);
  }

  /// Each look-up of `name` gets the next answer; the last one stays.
  EgressFixture name(String name, String... addresses) {
    answers
        .computeIfAbsent(name, key -> new ArrayList<>())
        .add(Stream.of(addresses).map(InetAddress::ofLiteral).toArray(InetAddress[]::new));
    return this;
  }

  RawServer server(String address, RawServer.Script script) throws IOException {
    var server = RawServer.at(address, script);
    servers.add(server);
    return server;
  }

  EgressResponse get(String uri) throws EgressException, InterruptedException {
    return egress.send(request("GET", uri, Map.of(), null));
  }

  static EgressRequest request(
      String method, String uri, Map<String, String> headers, @Nullable String body) {
    return new EgressRequest(
        method,
        URI.create(uri),
        headers,
        body == null ? null : body.getBytes(StandardCharsets.UTF_8),
        Duration.ofSeconds(10),
        1 << 20);
  }

  private InetAddress[] resolve(String name) throws UnknownHostException {
    var number = lookups.getAndIncrement();
    var known = answers.get(name);
    if (known == null) {
      throw new UnknownHostException(name);
    }
    return known.get(Math.min(number, known.size() - 1));
  }

  @Override
  public void close() {
    egress.close();
    servers.forEach(RawServer::close);
  }
}
