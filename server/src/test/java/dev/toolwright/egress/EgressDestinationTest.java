package dev.toolwright.egress;

import static dev.toolwright.egress.EgressFixture.request;
import static dev.toolwright.egress.RawServer.always;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where requests must not get, with a canary on 127.0.0.1 that nobody may ever reach.
@Timeout(20)
class EgressDestinationTest {
  private EgressFixture net;
  private RawServer canary;

  @BeforeEach
  void open() throws Exception {
    net = new EgressFixture();
    canary = net.server("127.0.0.1", always("200 OK", "", "canary"));
  }

  @AfterEach
  void close() {
    net.close();
    assertThat(canary.accepted).as("connections to the canary").hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.000.000.001",
        "2130706433",
        "0x7f000001",
        "0x7f.0x0.0x0.0x1",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "0251.0376.0251.0376",
        "2852039166",
        "0xA9FEA9FE",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::1%25lo]",
        "[fe80::1%25eth0]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
        "[fe80::5efe:7f00:1]",
        "[100::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[5f00::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "ip6-localhost",
        "localhost.localdomain",
        "1.2.3.4.5",
        "a..b",
        "-a.test",
        "xn--",
        "good_host",
        "a.0x7f"
      })
  void a_host_that_is_or_may_be_read_as_inside_is_refused(String host) {
    net.name("localhost", "127.0.0.1", "::1")
        .name("ip6-localhost", "::1")
        .name("localhost.localdomain", "127.0.0.1");
    assertDenied("http://" + host + ":" + canary.port() + "/");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "http://loc\u00adalhost/",
        "http://user@127.66.0.1/",
        "http://user:pw@127.66.0.1/",
        "http://127.66.0.1@127.0.0.1/",
        "http://127.66.0.1:80:80/",
        "http://127.66.0.1:0/",
        "http://127.66.0.1:65536/",
        "http:///path",
        "http:opaque",
        "/relative",
        "//127.66.0.1/",
        "ftp://127.66.0.1/",
        "file:///etc/passwd",
        "gopher://127.66.0.1/",
        "ws://127.66.0.1/",
        "wss://127.66.0.1/",
        "grpc://127.66.0.1",
        "jar:http://127.66.0.1/!/",
        "data:text/plain,x"
      })
  void an_address_that_is_no_plain_http_address_is_refused(String uri) {
    assertDenied(uri);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,",
    "::1,",
    "127.66.0.1, 10.0.0.1",
    "127.66.0.1, fd00::1",
    "93.184.216.34, 127.0.0.1",
    "169.254.169.254,"
  })
  void a_name_is_refused_when_any_of_its_addresses_is(String first, String second) {
    net.name("bad.test", Stream.of(first, second).filter(a -> a != null).toArray(String[]::new));
    assertDenied("http://bad.test:" + canary.port() + "/");
  }

  @Test
  void the_last_of_two_hundred_addresses_is_judged_too() {
    var many =
        Stream.concat(
            IntStream.range(1, 200).mapToObj(i -> "127.66.1." + i), Stream.of("127.0.0.1"));
    net.name("many.test", many.toArray(String[]::new));
    assertDenied("http://many.test:" + canary.port() + "/");
  }

  @Test
  void a_name_is_asked_once_so_that_a_second_answer_cannot_differ() throws Exception {
    var server =
        net.name("rebind.test", "127.66.0.1")
            .name("rebind.test", "127.0.0.1")
            .server("127.66.0.1", always("200 OK", "", "ok"));
    assertThat(net.get("http://rebind.test:" + server.port()).status()).isEqualTo(200);
    assertThat(net.lookups).hasValue(1);
    assertDenied("http://rebind.test:" + canary.port() + "/");
    assertDenied("http://rebind.test:" + server.port() + "/");
  }

  @Test
  void rebinding_reaches_nothing_in_two_hundred_parallel_calls() throws Exception {
    var flip =
        new Resolver() {
          private int calls;

          @Override
          public synchronized InetAddress[] resolve(String host) {
            var answer = calls++ % 2 == 0 ? "127.66.0.77" : "127.0.0.1";
            return new InetAddress[] {InetAddress.ofLiteral(answer)};
          }
        };
    try (var egress = new Egress(EgressPolicy.parse("127.66.0.0/16", ""), flip);
        var callers = Executors.newFixedThreadPool(20)) {
      var uri = "http://rebind.test:" + canary.port() + "/";
      Callable<Throwable> call =
          () -> catchThrowable(() -> egress.send(request("GET", uri, Map.of(), null)));
      for (var outcome : callers.invokeAll(Collections.nCopies(200, call))) {
        assertThat(outcome.get()).isInstanceOf(EgressException.class);
      }
    }
  }

  @Test
  void a_refusal_does_not_tell_whether_a_name_exists_or_where_it_leads() {
    net.name("internal.test", "10.0.0.7");
    var known = refusal("http://internal.test/");
    var unknown = refusal("http://unknown.test/");
    var literal = refusal("http://10.0.0.7/");
    assertThat(known)
        .hasMessage("The address of this request is not allowed or does not exist")
        .hasMessage(unknown.getMessage())
        .hasMessage(literal.getMessage())
        .hasNoCause();
    assertThat(known.kind()).isEqualTo(unknown.kind()).isEqualTo(literal.kind());
  }

  @Test
  void a_name_that_the_operator_allowed_may_be_said_not_to_resolve() throws Exception {
    var policy = EgressPolicy.parse("models.internal", "");
    try (var net = new EgressFixture(policy)) {
      var e =
          catchThrowableOfType(EgressException.class, () -> net.get("http://models.internal/v1"));
      assertThat(e.kind()).isEqualTo(EgressException.Kind.UNREACHABLE);
      assertThat(e.sent()).isFalse();
    }
  }

  @Test
  void a_trailing_dot_changes_neither_the_decision_nor_the_host_header() throws Exception {
    var server =
        net.name("public.test", "127.66.0.1").server("127.66.0.1", always("200 OK", "", "ok"));
    net.get("http://PUBLIC.test.:" + server.port() + "/");
    assertThat(server.only()).contains("Host: public.test:" + server.port() + "\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "Content-Length",
        "transfer-encoding",
        "Connection",
        "Keep-Alive",
        "Upgrade",
        "TE",
        "Trailer",
        "Expect",
        "HTTP2-Settings",
        "Proxy-Authorization",
        "proxy-anything",
        "",
        "X Y",
        "X-A\r\nX-Evil",
        "X:Y",
        "Ünicode"
      })
  void headers_that_steer_the_connection_are_refused(String name) {
    assertHeaderDenied(name, "s3cret-value");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1\r\nX-Evil: 2", "1\nX: 2", "1\r", "a\u0000b", "café", "x\u2028y", "\u007f"})
  void values_that_could_end_a_header_are_refused_and_not_repeated(String value) {
    assertHeaderDenied("X-A", "s3cret-value" + value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"CONNECT", "TRACE", "get", "", "GET /x HTTP/1.1\r\nX: y", "GÈT"})
  void methods_that_are_no_plain_words_are_refused(String method) {
    var request = request(method, "http://127.66.0.1:" + canary.port(), Map.of(), null);
    var e = catchThrowableOfType(EgressException.class, () -> net.egress.send(request));
    assertThat(e.kind()).isEqualTo(EgressException.Kind.DENIED);
  }

  @Test
  void a_request_shows_no_secret() {
    var request =
        request(
            "POST", "https://public.test/a?key=s3cret", Map.of("X-Api-Key", "s3cret"), "s3cret");
    assertThat(request.toString()).isEqualTo("POST https://public.test");
  }

  private void assertHeaderDenied(String name, String value) {
    var uri = "http://127.66.0.1:" + canary.port();
    var request = request("GET", uri, Map.of(name, value), null);
    var e = catchThrowableOfType(EgressException.class, () -> net.egress.send(request));
    assertThat(e.kind()).isEqualTo(EgressException.Kind.DENIED);
    assertThat(e.sent()).isFalse();
    assertThat(e).hasMessageNotContaining("s3cret").hasNoCause();
  }

  private EgressException refusal(String uri) {
    return catchThrowableOfType(EgressException.class, () -> net.get(uri));
  }

  /// Text that `URI` itself does not take counts as refused: nobody can build a request with it.
  private void assertDenied(String text) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      return;
    }
    var e = refusal(uri.toString());
    assertThat(e).as(text).isNotNull();
    assertThat(e.kind()).as(text).isEqualTo(EgressException.Kind.DENIED);
    assertThat(e.sent()).isFalse();
  }
}
