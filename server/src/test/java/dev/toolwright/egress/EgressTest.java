package dev.toolwright.egress;

import static dev.toolwright.egress.EgressFixture.request;
import static dev.toolwright.egress.RawServer.always;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.toolwright.Remote;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class EgressTest {
  private EgressFixture net;

  @BeforeEach
  void open() throws MalformedEgressPolicy {
    net = new EgressFixture();
  }

  @AfterEach
  void close() {
    net.close();
  }

  @Test
  void streams_that_stay_open_take_no_room_of_other_requests() throws Exception {
    var most = 200;
    var open = new CountDownLatch(most);
    try (var remote = new Remote("127.66.0.1");
        var streams = Executors.newVirtualThreadPerTaskExecutor()) {
      remote.at(
          "/stay",
          (exchange, _) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            remote.hang();
          });
      var stay = request("GET", remote.url() + "/stay", Map.of(), null);
      for (var i = 0; i < most; i++) {
        var _ =
            streams.submit(() ->
                net.egress.apart().stream(
                    List.of(),
                    stay,
                    Duration.ofSeconds(10),
                    (_, _, body) -> {
                      open.countDown();
                      return body.read() + body.read();
                    }));
      }
      open.await();
      assertThat(net.get(remote.url() + "/fine").status()).isEqualTo(200);
      streams.shutdownNow();
    }
  }

  @Test
  void a_request_arrives_as_it_was_given() throws Exception {
    var server =
        net.name("public.test", "127.66.0.1")
            .server("127.66.0.1", always("201 Created", "X-Tag: a\r\nX-Tag: b\r\n", "done"));
    var uri = "http://public.test:" + server.port() + "//a/../b%2f?q=1&r=%20#part";

    var response =
        net.egress.send(request("POST", uri, Map.of("X-Api-Key", "k", "Cookie", "c=1"), "héllo"));

    assertThat(response.status()).isEqualTo(201);
    assertThat(response.header("x-tag")).hasValue("a");
    assertThat(response.headers().get("x-tag")).containsExactly("a", "b");
    assertThat(response.body()).asString(StandardCharsets.UTF_8).isEqualTo("done");
    assertThat(server.only())
        .startsWith("POST //a/../b%2f?q=1&r=%20 HTTP/1.1\r\n")
        .contains("Host: public.test:" + server.port() + "\r\n")
        .contains("User-Agent: Toolwright\r\n", "X-Api-Key: k\r\n", "Cookie: c=1\r\n")
        .contains("Content-Length: 6\r\n")
        .doesNotContain("Upgrade", "Expect", "Referer");
  }

  @Test
  void characters_beyond_ascii_are_percent_encoded() throws Exception {
    var server = net.server("127.66.0.1", always("200 OK", "", ""));
    net.get("http://127.66.0.1:" + server.port() + "/café?q=ä");
    assertThat(server.only()).startsWith("GET /caf%C3%A9?q=%C3%A4 HTTP/1.1\r\n");
  }

  @Test
  void a_response_shows_neither_headers_nor_body() {
    var response =
        new EgressResponse(200, Map.of("set-cookie", List.of("s3cret")), new byte[] {1, 2});
    assertThat(response).hasToString("200 with 2 bytes");
  }

  @Test
  void an_error_status_is_an_answer() throws Exception {
    var server = net.server("127.66.0.1", always("503 Busy", "", "later"));
    assertThat(net.get("http://127.66.0.1:" + server.port()).status()).isEqualTo(503);
    assertThat(server.accepted).as("no retry").hasValue(1);
  }

  @Test
  void a_head_request_has_no_body() throws Exception {
    var server =
        net.server(
            "127.66.0.1",
            (request, out) ->
                out.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".getBytes(US_ASCII)));
    var uri = "http://127.66.0.1:" + server.port();
    assertThat(net.egress.send(request("HEAD", uri, Map.of(), null)).body()).isEmpty();
  }

  @Test
  void connections_are_used_again_and_cookies_are_not_kept() throws Exception {
    var server =
        net.name("public.test", "127.66.0.1")
            .server("127.66.0.1", always("200 OK", "Set-Cookie: a=1\r\n", "ok"));
    for (var i = 0; i < 3; i++) {
      net.get("http://public.test:" + server.port() + "/" + i);
    }
    assertThat(server.accepted).hasValue(1);
    assertThat(server.requests).hasSize(3).noneMatch(request -> request.contains("Cookie"));
  }

  @Test
  void a_connection_closed_while_idle_does_not_break_the_next_request() throws Exception {
    RawServer.Script closing =
        (request, out) -> {
          out.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(US_ASCII));
          out.flush();
          throw new IOException("close without saying so");
        };
    var server = net.server("127.66.0.1", closing);
    net.get("http://127.66.0.1:" + server.port());
    assertThat(server.firstHangup.await(5, TimeUnit.SECONDS)).isTrue();
    CompletableFuture.runAsync(
            () -> {}, CompletableFuture.delayedExecutor(150, TimeUnit.MILLISECONDS))
        .get();
    assertThat(net.get("http://127.66.0.1:" + server.port()).status()).isEqualTo(200);
  }

  @Test
  void gzip_is_decoded() throws Exception {
    var server = net.server("127.66.0.1", gzip("hello".getBytes(StandardCharsets.UTF_8)));
    for (var i = 0; i < 2; i++) {
      var response = net.get("http://127.66.0.1:" + server.port());
      assertThat(response.body()).asString(StandardCharsets.UTF_8).isEqualTo("hello");
      assertThat(response.headers()).doesNotContainKeys("content-encoding", "content-length");
    }
    assertThat(server.accepted).as("reused after a compressed answer").hasValue(1);
  }

  @Test
  void a_gzip_bomb_is_too_large() throws Exception {
    var server = net.server("127.66.0.1", gzip(new byte[64 << 20]));
    var e = refusal("http://127.66.0.1:" + server.port());
    assertThat(e.kind()).isEqualTo(EgressException.Kind.TOO_LARGE);
    assertThat(e.sent()).isTrue();
  }

  @Test
  void a_body_one_byte_too_long_is_too_large() throws Exception {
    var fits = net.server("127.66.0.1", always("200 OK", "", "x".repeat(1 << 20)));
    var over = net.server("127.66.0.1", always("200 OK", "", "x".repeat((1 << 20) + 1)));
    assertThat(net.get("http://127.66.0.1:" + fits.port()).body()).hasSize(1 << 20);
    assertThat(refusal("http://127.66.0.1:" + over.port()).kind())
        .isEqualTo(EgressException.Kind.TOO_LARGE);
  }

  @Test
  void an_endless_body_is_too_large() throws Exception {
    var server =
        net.server(
            "127.66.0.1",
            (request, out) -> {
              out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(US_ASCII));
              while (true) {
                out.write(new byte[8192]);
              }
            });
    assertThat(refusal("http://127.66.0.1:" + server.port()).kind())
        .isEqualTo(EgressException.Kind.TOO_LARGE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 50_000})
  void too_many_or_too_long_response_headers_are_too_large(int length) throws Exception {
    var headers = ("X-H: " + "v".repeat(length) + "\r\n").repeat(length == 1 ? 1_000 : 1);
    var server = net.server("127.66.0.1", always("200 OK", headers, ""));
    assertThat(refusal("http://127.66.0.1:" + server.port()).kind())
        .isEqualTo(EgressException.Kind.TOO_LARGE);
  }

  @Test
  void the_deadline_covers_a_body_that_trickles() throws Exception {
    var stop = new CountDownLatch(1);
    var server =
        net.server(
            "127.66.0.1",
            (request, out) -> {
              out.write("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n".getBytes(US_ASCII));
              do {
                out.write('x');
                out.flush();
              } while (!stop.await(20, TimeUnit.MILLISECONDS));
            });
    var e = timeout("http://127.66.0.1:" + server.port());
    stop.countDown();
    assertThat(e.sent()).isTrue();
    assertThat(server.firstHangup.await(5, TimeUnit.SECONDS)).as("hung up").isTrue();
  }

  @Test
  void a_server_that_falls_silent_times_out_however_much_time_is_left() throws Exception {
    for (var sent :
        List.of("", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")) {
      var server =
          net.server(
              "127.66.0.1",
              (request, out) -> {
                out.write(sent.getBytes(US_ASCII));
                out.flush();
              });
      var request = request("GET", "http://127.66.0.1:" + server.port(), Map.of(), null);
      var e =
          catchThrowableOfType(
              EgressException.class,
              () ->
                  net.egress.stream(
                      request, Duration.ofMillis(200), (_, _, body) -> body.readAllBytes()));
      assertThat(e.kind()).as(sent).isEqualTo(EgressException.Kind.TIMEOUT);
      assertThat(e.sent()).isTrue();
      assertThat(server.firstHangup.await(5, TimeUnit.SECONDS)).as("hung up").isTrue();
    }
  }

  @Test
  void a_connection_that_is_used_again_does_not_keep_the_silence_of_before() throws Exception {
    var server =
        net.server(
            "127.66.0.1",
            (request, out) -> {
              if (request.startsWith("GET /late")) {
                var _ = new CountDownLatch(1).await(400, TimeUnit.MILLISECONDS);
              }
              out.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(US_ASCII));
            });
    var uri = "http://127.66.0.1:" + server.port();
    net.egress.stream(
        request("GET", uri, Map.of(), null),
        Duration.ofMillis(200),
        (_, _, body) -> body.readAllBytes());

    assertThat(net.get(uri + "/late").status()).isEqualTo(200);
    assertThat(server.accepted).hasValue(1);
  }

  @Test
  void the_deadline_covers_a_server_that_never_answers() throws Exception {
    var server = net.server("127.66.0.1", hanging());
    assertThat(timeout("http://127.66.0.1:" + server.port()).sent()).isTrue();
    assertThat(server.firstHangup.await(5, TimeUnit.SECONDS)).as("hung up").isTrue();
  }

  @Test
  void the_deadline_covers_a_look_up_and_nothing_was_sent() throws Exception {
    var stop = new CountDownLatch(1);
    Resolver stuck =
        host -> {
          try {
            stop.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return new InetAddress[0];
        };
    try (var egress = new Egress(EgressPolicy.publicOnly(), stuck)) {
      var e =
          catchThrowableOfType(
              EgressException.class, () -> egress.send(brief("http://slow.test/")));
      assertThat(e.kind()).isEqualTo(EgressException.Kind.TIMEOUT);
      assertThat(e.sent()).isFalse();
    } finally {
      stop.countDown();
    }
  }

  @Test
  void names_that_never_answer_stop_no_other_names() throws Exception {
    var stop = new CountDownLatch(1);
    var asked = new AtomicInteger();
    var full = new CountDownLatch(Lookups.PER_DOMAIN);
    Resolver partlyStuck =
        host -> {
          if (host.endsWith("good.test")) {
            return new InetAddress[] {InetAddress.ofLiteral("127.66.0.1")};
          }
          asked.incrementAndGet();
          full.countDown();
          try {
            stop.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return new InetAddress[0];
        };
    var server = net.server("127.66.0.1", always("200 OK", "", "fine"));
    var policy = EgressPolicy.parse("127.66.0.0/16", "");
    try (var egress = new Egress(policy, partlyStuck);
        var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<EgressResponse>>();
      for (var i = 0; i < 40; i++) {
        var host = i < Lookups.PER_DOMAIN ? "a" + i + ".stuck.test" : "a0.stuck.test";
        answers.add(
            callers.submit(() -> egress.send(request("GET", "http://" + host, Map.of(), null))));
      }
      assertThat(full.await(5, TimeUnit.SECONDS)).isTrue();
      var e =
          catchThrowableOfType(
              EgressException.class, () -> egress.send(brief("http://one-more.stuck.test/")));
      assertThat(e.kind()).isEqualTo(EgressException.Kind.UNREACHABLE);
      assertThat(e.sent()).isFalse();
      var good = request("GET", "http://good.test:" + server.port(), Map.of(), null);
      assertThat(egress.send(good).status()).isEqualTo(200);
      assertThat(asked).hasValue(Lookups.PER_DOMAIN);
      assertThat(answers).hasSize(40).noneMatch(Future::isDone);
      stop.countDown();
    } finally {
      stop.countDown();
    }
  }

  @Test
  void the_deadline_covers_a_tls_handshake_and_nothing_was_sent() throws Exception {
    try (var silent = new ServerSocket(0, 5, InetAddress.ofLiteral("127.66.0.1"))) {
      assertThat(timeout("https://127.66.0.1:" + silent.getLocalPort()).sent()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void interrupting_the_caller_cuts_the_exchange_off(boolean virtual) throws Exception {
    var server = net.server("127.66.0.1", hanging());
    var outcome = new CompletableFuture<Throwable>();
    Runnable call =
        () -> {
          try {
            net.get("http://127.66.0.1:" + server.port());
            outcome.complete(new AssertionError("answered"));
          } catch (Exception e) {
            outcome.complete(e);
          }
        };
    var builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
    var caller = builder.start(call);
    assertThat(server.firstRequest.await(5, TimeUnit.SECONDS)).isTrue();

    caller.interrupt();

    assertThat(outcome.get(2, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(server.firstHangup.await(2, TimeUnit.SECONDS)).as("hung up").isTrue();
  }

  @Test
  void a_port_where_nobody_listens_is_unreachable_and_nothing_was_sent() throws Exception {
    int port;
    try (var gone = new ServerSocket(0, 1, InetAddress.ofLiteral("127.66.0.1"))) {
      port = gone.getLocalPort();
    }
    var e = refusal("http://127.66.0.1:" + port);
    assertThat(e.kind()).isEqualTo(EgressException.Kind.UNREACHABLE);
    assertThat(e.sent()).isFalse();
    assertThat(e).hasMessageNotContaining("127.66");
  }

  @Test
  void the_next_address_is_tried_when_nobody_listens_at_the_first() throws Exception {
    var server =
        net.name("two.test", "127.66.0.9", "127.66.0.1")
            .server("127.66.0.1", always("200 OK", "", "ok"));
    assertThat(net.get("http://two.test:" + server.port()).status()).isEqualTo(200);
  }

  @Test
  void a_server_without_tls_is_unreachable_over_https_and_nothing_was_sent() throws Exception {
    try (var plain = new ServerSocket(0, 5, InetAddress.ofLiteral("127.66.0.1"))) {
      Thread.ofVirtual()
          .start(() -> {
            try (var connection = plain.accept()) {
              connection.getOutputStream().write("HTTP/1.1 400 No\r\n\r\n".getBytes(US_ASCII));
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      var e = refusal("https://127.66.0.1:" + plain.getLocalPort());
      assertThat(e.kind()).isEqualTo(EgressException.Kind.UNREACHABLE);
      assertThat(e.sent()).isFalse();
    }
  }

  @Test
  void a_connection_that_breaks_is_broken_and_maybe_sent() throws Exception {
    RawServer.Script breaking =
        (request, out) -> {
          out.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".getBytes(US_ASCII));
          out.flush();
          throw new IOException("break");
        };
    var server = net.server("127.66.0.1", breaking);
    var e = refusal("http://127.66.0.1:" + server.port());
    assertThat(e.kind()).isEqualTo(EgressException.Kind.BROKEN);
    assertThat(e.sent()).isTrue();
    assertThat(server.accepted).as("no retry").hasValue(1);
  }

  @Test
  void an_answer_can_be_read_while_it_arrives() throws Exception {
    var seen = new CountDownLatch(1);
    var server =
        net.server(
            "127.66.0.1",
            (request, out) -> {
              out.write("HTTP/1.1 200 OK\r\n\r\nfirst".getBytes(US_ASCII));
              out.flush();
              seen.await();
              out.write("never read".getBytes(US_ASCII));
            });
    var text =
        net.egress.stream(
            request("GET", "http://127.66.0.1:" + server.port(), Map.of(), null),
            Duration.ofSeconds(10),
            (status, headers, body) -> {
              var first = new String(body.readNBytes(5), StandardCharsets.UTF_8);
              seen.countDown();
              return first;
            });
    assertThat(text).isEqualTo("first");
    assertThat(server.firstHangup.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void an_error_of_the_reader_reaches_the_caller_and_frees_the_connection() throws Exception {
    var server = net.server("127.66.0.1", always("200 OK", "", "x".repeat(100_000)));
    var request = request("GET", "http://127.66.0.1:" + server.port(), Map.of(), null);
    assertThatIllegalStateException()
        .isThrownBy(() ->
            net.egress.stream(
                request,
                Duration.ofSeconds(10),
                (status, headers, body) -> {
                  throw new IllegalStateException("reader");
                }))
        .withMessage("reader");
    assertThat(server.firstHangup.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_closed_egress_sends_nothing() {
    net.egress.close();
    var e = refusal("http://127.66.0.1/");
    assertThat(e.kind()).isEqualTo(EgressException.Kind.UNREACHABLE);
    assertThat(e.sent()).isFalse();
  }

  private EgressException refusal(String uri) {
    return catchThrowableOfType(EgressException.class, () -> net.get(uri));
  }

  private EgressException timeout(String uri) {
    var e = catchThrowableOfType(EgressException.class, () -> net.egress.send(brief(uri)));
    assertThat(e.kind()).isEqualTo(EgressException.Kind.TIMEOUT);
    return e;
  }

  private static EgressRequest brief(String uri) {
    return new EgressRequest(
        "GET", URI.create(uri), Map.of(), null, Duration.ofMillis(300), 1 << 20);
  }

  private static RawServer.Script hanging() {
    // The next read sees the client hang up.
    return (request, out) -> {};
  }

  private static RawServer.Script gzip(byte[] plain) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(plain);
    }
    return (request, out) -> {
      out.write(
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
              .formatted(packed.size())
              .getBytes(US_ASCII));
      packed.writeTo(out);
    };
  }
}
