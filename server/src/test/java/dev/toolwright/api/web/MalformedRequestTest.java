package dev.toolwright.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What is no request, too much of one, or too slow: all answered in the one shape.
class MalformedRequestTest {
  private static final WebFixture SERVER =
      new WebFixture(
          _ ->
              List.of(
                  Route.of(
                      "POST",
                      "/agents/size",
                      Access.group("agents"),
                      Role.VIEWER,
                      "",
                      x -> x.json(200, Json.object().put("size", x.rawBody().length)))),
          new WebSettings("127.0.0.1", 0, List.of(), Duration.ofSeconds(1), Duration.ofSeconds(1)));
  private static final int MOST = 10 << 20;

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  static Stream<Arguments> junk() {
    var end = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    return Stream.of(
        Arguments.of("hello\r\n\r\n", 400),
        Arguments.of("\u0016\u0003\u0001\u0002\r\n\r\n", 400),
        Arguments.of("GET /\r\n", 505),
        Arguments.of("GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505),
        Arguments.of("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        Arguments.of("GET /agents/a b" + end + "\r\n", 400),
        Arguments.of("GET /agents/%zz" + end + "\r\n", 400),
        Arguments.of("GET /agents/%00" + end + "\r\n", 400),
        Arguments.of("GET /agents/..%2fetc" + end + "\r\n", 404),
        Arguments.of("GET /agents/x" + end + "Bad Header: 1\r\n\r\n", 400),
        Arguments.of("GET /agents/x" + end + "X: a\u0000b\r\n\r\n", 400),
        Arguments.of("GET /agents/x" + end + "Content-Length: x\r\n\r\n", 400),
        Arguments.of(
            "POST /agents/x" + end + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        Arguments.of(
            "POST /agents/x" + end + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            400),
        Arguments.of("GET /agents/" + "x".repeat(20_000) + end + "\r\n", 414),
        Arguments.of("GET /agents/x" + end + "X: " + "y".repeat(20_000) + "\r\n\r\n", 431));
  }

  @ParameterizedTest
  @MethodSource("junk")
  void what_is_no_request_is_refused_in_the_one_shape(String sent, int status) throws Exception {
    var answer = SERVER.raw(sent);
    assertThat(answer).startsWith("HTTP/1.1 " + status);
    assertThat(answer).contains("X-Request-Id: ", "X-Content-Type-Options: nosniff");
    var body = Json.stored(answer.substring(answer.indexOf("\r\n\r\n") + 4));
    assertThat(body.path("statusCode").intValue()).isEqualTo(status);
    assertThat(body.path("message").isString()).isTrue();
    assertThat(body.path("requestId").isString()).isTrue();
  }

  @Test
  void a_body_of_ten_megabytes_is_read() throws Exception {
    var response = SERVER.call("POST", "/agents/size", "x".repeat(MOST));
    assertThat(response.body()).isEqualTo("{\"size\":" + MOST + "}");
  }

  @Test
  void an_announced_larger_body_is_refused_before_it_is_sent() throws Exception {
    var answer =
        SERVER.raw(head() + "Expect: 100-continue\r\nContent-Length: " + (MOST + 1) + "\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 413").contains("\"response\":\"413\"");
  }

  @Test
  void a_client_that_sends_it_all_gets_to_read_the_refusal() throws Exception {
    var response = SERVER.call("POST", "/agents/size", "x".repeat(MOST + (2 << 20)));
    assertThat(response.statusCode()).isEqualTo(413);
  }

  @Test
  void a_chunked_body_is_counted_while_it_comes() throws Exception {
    var portion = "x".repeat(MOST / 2 + 1).getBytes(StandardCharsets.UTF_8);
    var request =
        SERVER
            .request("POST", "/agents/size", null)
            .POST(
                BodyPublishers.ofInputStream(() ->
                    new SequenceInputStream(
                        new ByteArrayInputStream(portion), new ByteArrayInputStream(portion))));
    var answer = SERVER.send(request.header("X-Token", SERVER.token));
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.headers().firstValue("Connection")).contains("close");
  }

  @Test
  void a_stranger_is_refused_without_the_body_being_asked_for() throws Exception {
    var answer =
        SERVER.raw(
            head().replace(SERVER.token, "none")
                + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 401").doesNotContain("100 Continue");
  }

  @Test
  void a_client_that_waits_to_be_asked_is_asked() throws Exception {
    var request =
        SERVER
            .request("POST", "/agents/size", "{}")
            .expectContinue(true)
            .header("X-Token", SERVER.token)
            .build();
    // A connection of its own: a client that waits cannot know that an old one is just closing.
    try (var client = HttpClient.newHttpClient()) {
      assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo("{\"size\":2}");
    }
  }

  @Test
  void bad_chunks_are_refused() throws Exception {
    var answer = SERVER.raw(head() + "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
    assertThat(answer).startsWith("HTTP/1.1 400");
    assertThat(Json.stored(answer.substring(answer.indexOf("\r\n\r\n") + 4)).has("requestId"))
        .isTrue();
  }

  @Test
  void a_body_that_stops_coming_is_given_up() throws Exception {
    var answer = SERVER.raw(head() + "Content-Length: 100\r\n\r\n{");
    assertThat(answer).startsWith("HTTP/1.1 408");
  }

  @Test
  void a_silent_connection_is_closed() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), SERVER.web.port())) {
      socket.setSoTimeout(10_000);
      InputStream input = socket.getInputStream();
      assertThat(input.read()).isEqualTo(-1);
    }
  }

  private static String head() {
    return "POST /agents/size HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Token: "
        + SERVER.token
        + "\r\n";
  }
}
