package dev.toolwright.egress;

import static dev.toolwright.egress.EgressFixture.request;
import static dev.toolwright.egress.RawServer.always;
import static dev.toolwright.egress.RawServer.redirect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class EgressRulesTest {
  private static final String INTERNET = "127.66.0.0/16";

  @ParameterizedTest
  @CsvSource({
    "'', '', any.test, 8.8.8.8, true",
    "a.test, '', a.test, 8.8.8.8, true",
    "a.test, '', b.test, 8.8.8.8, false",
    "*.test, '', a.test, 8.8.8.8, true",
    "*.test, a.test, a.test, 8.8.8.8, false",
    "*, 8.8.8.0/24, a.test, 8.8.8.8, false",
    "8.8.8.0/24, '', a.test, 8.8.8.8, true",
    "8.8.8.0/24, '', a.test, 8.8.9.8, false",
    "10.0.0.0/8, '', a.test, 64:ff9b::a00:1, false",
    "'10.0.0.0/8,64:ff9b::/96', '', a.test, 64:ff9b::a00:1, true",
    "'', 10.0.0.0/8, a.test, 64:ff9b::a00:1, false",
    "http://a.test:80, '', a.test, 8.8.8.8, true",
    "https://a.test, '', a.test, 8.8.8.8, false",
    "a.test:81, '', a.test, 8.8.8.8, false"
  })
  void rules_admit_what_they_name(
      String only, String deny, String host, String address, boolean admitted) {
    var rules = EgressRules.of(only.isEmpty() ? null : list(only), list(deny));
    var to = new Origin("http", host, 80);
    assertThat(rules.admits(to, InetAddress.ofLiteral(address))).isEqualTo(admitted);
  }

  private static List<String> list(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
  }

  @Test
  void an_empty_list_reaches_nothing_and_none_reaches_all() {
    var to = new Origin("https", "a.test", 443);
    assertThat(EgressRules.of(List.of(), List.of()).excludes(to)).isTrue();
    assertThat(EgressRules.of(null, List.of()).excludes(to)).isFalse();
    assertThat(EgressRules.open().excludes(to)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "a_b", "a/b", "10.0.0.1/8", "ftp://a", "a:0", "[a]", "*.*", "a."})
  void what_is_no_rule_is_refused(String entry) {
    assertThat(EgressRules.isRule(entry)).isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> EgressRules.of(null, List.of(entry)));
  }

  @ParameterizedTest
  @CsvSource({
    "api.test, https, api.test, 443, true",
    "api.test, https, api.test, 8443, false",
    "api.test, http, api.test, 443, false",
    "api.test, http, api.test, 80, false",
    "api.test, https, x.api.test, 443, false",
    "*.api.test:8443, https, x.api.test, 8443, true",
    "*.api.test:8443, https, api.test, 8443, false",
    "http://api.test, http, api.test, 80, true",
    "http://127.66.0.1:8080, http, 127.66.0.1, 8080, true",
    "http://8.8.8.8:8080, http, api.test, 8080, false",
    "https://[2606:4700::1111], https, 2606:4700::1111, 443, true"
  })
  void a_host_means_https_on_its_usual_port_unless_it_says_otherwise(
      String entry, String scheme, String host, int port, boolean admitted) {
    var to = new Origin(scheme, host, port);
    var literal = Cidr.literal(host);
    var address = literal == null ? InetAddress.ofLiteral("8.8.8.8") : literal;
    assertThat(EgressRules.isHost(entry)).isTrue();
    assertThat(EgressRules.onlyHosts(List.of(entry)).admits(to, address)).isEqualTo(admitted);
    assertThat(EgressRules.onlyHosts(List.of(entry)).excludes(to)).isEqualTo(!admitted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "https://*", "10.0.0.0/8", "::/0", "tcp://a.test", "", "a b"})
  void a_list_of_hosts_takes_no_blocks_and_not_every_host(String entry) {
    assertThat(EgressRules.isHost(entry)).isFalse();
  }

  @Test
  void a_workspace_narrows_and_cannot_widen() throws Exception {
    var wide = EgressRules.of(List.of("*"), List.of());
    var narrow = EgressRules.of(List.of("public.test"), List.of());
    WorkspaceRules workspaces = workspace -> workspace.equals("wide") ? wide : narrow;
    try (var net = new EgressFixture(EgressPolicy.parse(INTERNET, "denied.test"), workspaces)) {
      net.name("public.test", "127.66.0.1").name("other.test", "127.66.0.1");
      net.name("denied.test", "127.66.0.1").name("inside.test", "127.0.0.1");
      var server = net.server("127.66.0.1", always("200 OK", "", "ok"));
      assertThat(status(net, "wide", "public.test", server)).isEqualTo(200);
      assertThat(status(net, "wide", "other.test", server)).isEqualTo(200);
      assertThat(status(net, "narrow", "public.test", server)).isEqualTo(200);
      assertDenied(net, Set.of("wide"), "http://inside.test:" + server.port());
      assertDenied(net, Set.of("wide"), "http://denied.test:" + server.port());
      assertDenied(net, Set.of("narrow"), "http://other.test:" + server.port());
      assertDenied(net, Set.of("wide", "narrow"), "http://other.test:" + server.port());
      assertThat(net.get("http://other.test:" + server.port()).status())
          .as("the server itself")
          .isEqualTo(200);
    }
  }

  @Test
  void a_redirect_is_held_to_the_rules_of_the_first_request() throws Exception {
    try (var net = new EgressFixture(EgressPolicy.parse(INTERNET, ""), _ -> EgressRules.open())) {
      net.name("public.test", "127.66.0.1").name("other.test", "127.66.0.2");
      var other = net.server("127.66.0.2", always("200 OK", "", "other"));
      var to = "http://other.test:" + other.port() + "/";
      var first = net.server("127.66.0.1", redirect(302, to));
      var uri = "http://public.test:" + first.port() + "/";
      var further = EgressRules.onlyHosts(List.of("http://public.test:" + first.port()));
      var e =
          catchThrowableOfType(
              EgressException.class,
              () -> net.egress.send(Set.of("w"), further, request("GET", uri, Map.of(), null)));
      assertThat(e.kind()).isEqualTo(EgressException.Kind.DENIED);
      assertThat(e.sent()).isTrue();
      assertThat(other.accepted).hasValue(0);
      assertThat(net.lookups).as("nobody asked for the name that is not listed").hasValue(1);
    }
  }

  @Test
  void a_name_that_no_rule_admits_is_not_looked_up() throws Exception {
    var rules = EgressRules.of(List.of("public.test", "https://10.0.0.0/8"), List.of());
    try (var net = new EgressFixture(EgressPolicy.parse(INTERNET, "*.denied.test"), _ -> rules)) {
      assertDenied(net, Set.of("w"), "http://stolen-words.evil.test/");
      assertDenied(net, Set.of("w"), "http://x.denied.test/");
      assertThat(net.lookups).hasValue(0);
      net.name("maybe.test", "127.66.0.9");
      assertDenied(net, Set.of("w"), "https://maybe.test/");
      assertThat(net.lookups).as("only its addresses tell").hasValue(1);
    }
  }

  @Test
  void rules_that_cannot_be_read_let_nothing_out() throws Exception {
    WorkspaceRules broken =
        _ -> {
          throw new IllegalStateException("no database");
        };
    try (var net = new EgressFixture(EgressPolicy.parse(INTERNET, ""), broken)) {
      net.name("public.test", "127.66.0.1");
      var server = net.server("127.66.0.1", always("200 OK", "", "ok"));
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> status(net, "w", "public.test", server));
      assertThat(server.accepted).hasValue(0);
      assertThat(net.lookups).hasValue(0);
    }
  }

  private static int status(EgressFixture net, String workspace, String host, RawServer server)
      throws Exception {
    var uri = "http://" + host + ":" + server.port() + "/";
    return net.egress.send(Set.of(workspace), request("GET", uri, Map.of(), null)).status();
  }

  private static void assertDenied(EgressFixture net, Set<String> workspaces, String uri) {
    var e =
        catchThrowableOfType(
            EgressException.class,
            () -> net.egress.send(workspaces, request("GET", uri, Map.of(), null)));
    assertThat(e).as(uri).isNotNull();
    assertThat(e.kind()).isEqualTo(EgressException.Kind.DENIED);
    assertThat(e).hasMessage(Gate.REFUSAL);
  }
}
