package dev.toolwright.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.SoftAssertions;

/// Calls every route of a list as nobody: all but public ones must answer 401, in the one shape,
/// with none of the body read.
public final class EveryRoute {
  private EveryRoute() {}

  public static void refusesStrangers(int port, List<Route> routes)
      throws IOException, InterruptedException {
    var softly = new SoftAssertions();
    try (var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      for (var route : routes) {
        if (!route.access().isPublic()) {
          for (var token : List.of("", "tw_" + "0".repeat(64))) {
            check(client, port, route, token, softly);
          }
        }
      }
    }
    assertThat(routes).isNotEmpty();
    softly.assertAll();
  }

  private static void check(
      HttpClient client, int port, Route route, String token, SoftAssertions softly)
      throws IOException, InterruptedException {
    var path = route.path().replaceAll("\\{[^}]*}|<[^>]*>", "x");
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(10))
            .method(route.method(), BodyPublishers.ofString("{\"not json"));
    if (!token.isEmpty()) {
      request.header("X-Token", token);
    }
    var response = client.send(request.build(), BodyHandlers.ofString());
    var what = route.method() + " " + route.path();
    softly.assertThat(response.statusCode()).as(what).isEqualTo(401);
    softly
        .assertThat(response.headers().firstValue("WWW-Authenticate"))
        .as(what)
        .contains("Bearer");
    softly
        .assertThat(Json.stored(response.body()).path("statusCode").intValue())
        .as(what)
        .isEqualTo(401);
  }
}
