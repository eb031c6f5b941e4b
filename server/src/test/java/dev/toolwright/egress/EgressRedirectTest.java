package dev.toolwright.egress;

import static dev.toolwright.egress.EgressFixture.request;
import static dev.toolwright.egress.RawServer.always;
import static dev.toolwright.egress.RawServer.redirect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class EgressRedirectTest {
  private static final Map<String, String> CREDENTIALS =
      Map.of(
          "Authorization", "Bearer s3cret",
          "X-Api-Key", "s3cret",
          "Cookie", "s=s3cret",
          "X-Whatever", "s3cret",
          "Accept", "text/x-kept",
          "Content-Type", "application/x-kept");

  private EgressFixture net;
  private RawServer canary;
  private RawServer other;

  @BeforeEach
  void open() throws Exception {
    net = new EgressFixture().name("public.test", "127.66.0.1").name("other.test", "127.66.0.2");
    canary = net.server("127.0.0.1", always("200 OK", "", "canary"));
    other = net.server("127.66.0.2", always("200 OK", "", "other"));
  }

  @AfterEach
  void close() {
    net.close();
    assertThat(canary.accepted).as("connections to the canary").hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void credentials_do_not_follow_to_another_origin(int status) throws Exception {
    var first = first(status, "http://other.test:" + other.port() + "/collect");
    var response = net.egress.send(request("GET", first + "?api_key=s3cret", CREDENTIALS, null));
    assertThat(response.body()).asString().isEqualTo("other");
    assertThat(other.only()).doesNotContain("s3cret").contains("text/x-kept");
  }

  @Test
  void the_same_host_on_another_port_is_another_origin() throws Exception {
    var second = net.server("127.66.0.1", always("200 OK", "", "ok"));
    var first = first(302, "http://public.test:" + second.port() + "/");
    net.egress.send(request("GET", first, CREDENTIALS, null));
    assertThat(second.only()).doesNotContain("s3cret");
  }

  @Test
  void credentials_stay_dropped_when_a_redirect_leads_back() throws Exception {
    var home = net.server("127.66.0.1", always("200 OK", "", "home"));
    var back = net.server("127.66.0.2", redirect(302, "http://public.test:" + home.port() + "/"));
    var first = first(302, "http://other.test:" + back.port() + "/");
    net.egress.send(request("GET", first, CREDENTIALS, null));
    assertThat(home.only()).doesNotContain("s3cret");
  }

  @ParameterizedTest
  @CsvSource({
    "301, GET, GET",
    "302, GET, GET",
    "303, GET, GET",
    "307, GET, GET",
    "301, POST, GET",
    "302, POST, GET",
    "303, POST, GET",
    "303, PUT, GET",
    "303, HEAD, HEAD",
    "301, PUT, PUT",
    "302, DELETE, DELETE",
    "307, POST, POST",
    "308, PATCH, PATCH"
  })
  void a_redirect_within_the_origin_keeps_headers_and_the_method_that_it_may(
      int status, String method, String then) throws Exception {
    RawServer.Script script =
        (request, out) -> {
          var next =
              request.contains(" /second ") ? always("200 OK", "", "") : redirect(status, "second");
          next.answer(request, out);
        };
    var server = net.server("127.66.0.1", script);
    var body = method.equals("GET") || method.equals("HEAD") ? null : "payload";
    var uri = "http://public.test:" + server.port() + "/first";
    assertThat(net.egress.send(request(method, uri, CREDENTIALS, body)).status()).isEqualTo(200);

    var second = server.requests.getLast();
    assertThat(second).startsWith(then + " /second ").contains("X-Api-Key: s3cret");
    if (then.equals(method) && body != null) {
      assertThat(second).endsWith("payload").contains("application/x-kept");
    } else if (body != null) {
      assertThat(second).doesNotContain("payload", "application/x-kept");
    }
  }

  @ParameterizedTest
  @CsvSource({"307, POST", "308, POST", "307, DELETE", "301, PUT", "302, PATCH"})
  void a_body_or_an_effect_is_not_repeated_at_another_origin(int status, String method)
      throws Exception {
    var first = first(status, "http://other.test:" + other.port() + "/");
    var body = method.equals("DELETE") ? null : "s3cret";
    var e =
        catchThrowableOfType(
            EgressException.class,
            () -> net.egress.send(request(method, first, CREDENTIALS, body)));
    assertThat(e.kind()).isEqualTo(EgressException.Kind.DENIED);
    assertThat(e.sent()).as("the first request was sent").isTrue();
    assertThat(other.accepted).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:%d/",
        "http://[::1]:%d/",
        "//127.0.0.1:%d/",
        "http://2130706433:%d/",
        "http://169.254.169.254/?%d",
        "http://user:pw@127.66.0.2:%d/",
        "http://inside.test:%d/",
        "http://unknown.test:%d/",
        "file:///etc/passwd?%d",
        "http:// :%d/",
        "http://127.66.0.2\\@127.0.0.1:%d/"
      })
  void every_hop_passes_the_same_gate(String location) throws Exception {
    net.name("inside.test", "127.0.0.1");
    var first = first(302, location.formatted(canary.port()));
    var e = catchThrowableOfType(EgressException.class, () -> net.get(first));
    assertThat(e.kind()).isEqualTo(EgressException.Kind.DENIED);
    assertThat(e.sent()).isTrue();
  }

  @Test
  void a_denied_address_behind_two_redirects_is_not_reached() throws Exception {
    var second = net.server("127.66.0.2", redirect(307, "http://127.0.0.1:" + canary.port() + "/"));
    var first = first(302, "http://other.test:" + second.port() + "/");
    assertThat(catchThrowableOfType(EgressException.class, () -> net.get(first)).kind())
        .isEqualTo(EgressException.Kind.DENIED);
  }

  @Test
  void a_refresh_header_is_not_a_redirect() throws Exception {
    var header = "Refresh: 0; url=http://127.0.0.1:" + canary.port() + "/\r\n";
    var server = net.server("127.66.0.1", always("200 OK", header, "page"));
    assertThat(net.get("http://public.test:" + server.port()).body()).asString().isEqualTo("page");
  }

  @Test
  void five_redirects_are_followed_and_a_sixth_is_not() throws Exception {
    var server =
        net.server(
            "127.66.0.1",
            (request, out) -> {
              var left = Integer.parseInt(request.substring(5, 6));
              var next = left == 0 ? always("200 OK", "", "end") : redirect(302, "/" + (left - 1));
              next.answer(request, out);
            });
    var base = "http://public.test:" + server.port();
    assertThat(net.get(base + "/5").status()).isEqualTo(200);
    var e = catchThrowableOfType(EgressException.class, () -> net.get(base + "/6"));
    assertThat(e.kind()).isEqualTo(EgressException.Kind.BROKEN);
    assertThat(e.sent()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'', second, /second",
    "/, second, /second",
    "/a/b, second, /a/second",
    "/a/b, /second, /second",
    "/a/b, ../second?x, /second?x",
    "/a/b?q, ?second, /a/b?second",
    "'', ?second, /?second"
  })
  void a_relative_place_is_resolved_within_the_origin(String from, String location, String target)
      throws Exception {
    RawServer.Script script =
        (request, out) -> {
          var arrived = request.startsWith("GET " + target + " ");
          (arrived ? always("200 OK", "", "") : redirect(302, location)).answer(request, out);
        };
    var server = net.server("127.66.0.1", script);
    assertThat(net.get("http://public.test:" + server.port() + from).status()).isEqualTo(200);
    assertThat(server.requests).hasSize(2);
  }

  @Test
  void a_redirect_without_a_place_is_an_answer() throws Exception {
    var server = net.server("127.66.0.1", always("302 Found", "", "where?"));
    assertThat(net.get("http://public.test:" + server.port()).status()).isEqualTo(302);
  }

  private String first(int status, String location) throws Exception {
    var server = net.server("127.66.0.1", redirect(status, location));
    return "http://public.test:" + server.port() + "/start";
  }
}
