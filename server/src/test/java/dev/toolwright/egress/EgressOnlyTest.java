package dev.toolwright.egress;

import static dev.toolwright.egress.EgressFixture.request;
import static dev.toolwright.egress.RawServer.always;
import static dev.toolwright.egress.RawServer.redirect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EgressOnlyTest {
  private static EgressException refused(Egress way, String url) {
    return catchThrowableOfType(
        EgressException.class,
        () -> way.send(List.of("ws_any"), request("GET", url, Map.of(), null)));
  }

  @Test
  void a_way_to_one_address_passes_every_rule_and_leads_nowhere_else() throws Exception {
    var closed = EgressRules.of(List.of("wiki.test"), List.of());
    try (var net = new EgressFixture(EgressPolicy.publicOnly(), _ -> closed)) {
      var container = net.server("127.0.0.1", always("200 OK", "", "from the container"));
      var other = net.server("127.0.0.1", always("200 OK", "", "another"));
      var url = "http://127.0.0.1:" + container.port();
      assertThat(refused(net.egress, url + "/").kind()).isEqualTo(EgressException.Kind.DENIED);

      var way = net.egress.only(URI.create(url));
      var answer = way.send(List.of("ws_any"), request("GET", url + "/mcp", Map.of(), null));
      assertThat(answer.body()).asString().isEqualTo("from the container");
      assertThat(refused(way, "http://127.0.0.1:" + other.port() + "/").kind())
          .isEqualTo(EgressException.Kind.DENIED);
      assertThat(refused(net.egress, url + "/").kind()).isEqualTo(EgressException.Kind.DENIED);

      var leading =
          net.server("127.0.0.1", redirect(302, "http://127.0.0.1:" + other.port() + "/"));
      var from = "http://127.0.0.1:" + leading.port();
      assertThat(refused(net.egress.only(URI.create(from)), from + "/").kind())
          .isEqualTo(EgressException.Kind.DENIED);
      assertThat(other.accepted).hasValue(0);
    }
  }
}
