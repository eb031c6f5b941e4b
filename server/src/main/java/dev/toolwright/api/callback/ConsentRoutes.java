package dev.toolwright.api.callback;

import static dev.toolwright.api.callback.Page.safe;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Consents;
import dev.toolwright.connection.OAuthDiscovery;
import dev.toolwright.http.Problem;
import java.util.List;
import java.util.Optional;

/// The two pages of a person's consent: what it is about, and that it was given.
public final class ConsentRoutes {
  private static final String GONE =
      "This link was used, or its ten minutes are over. Ask for a new one.";

  private final Consents consents;
  private final OAuthDiscovery discovery;

  public ConsentRoutes(Consents consents, OAuthDiscovery discovery) {
    this.consents = consents;
    this.discovery = discovery;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
            "GET",
            OAuthDiscovery.CLIENT,
            Access.PUBLIC,
            Role.VIEWER,
            "This server as an OAuth client: its id is the address of this document",
            exchange -> exchange.json(200, discovery.client())),
        Route.of(
                "GET",
                "/oauth/consent/{state}",
                Access.PUBLIC,
                Role.VIEWER,
                "The page that asks a person for their consent",
                this::ask)
            .doc(RouteDoc.NONE.type("text/html")),
        Route.of(
                "GET",
                Consents.CALLBACK,
                Access.PUBLIC,
                Role.VIEWER,
                "Where a provider sends the person back to",
                this::back)
            .doc(
                RouteDoc.NONE
                    .query("state", "as it was sent")
                    .query("code", "when the person agreed")
                    .query("error", "when not")
                    .query("iss", "who answers, RFC 9207")
                    .type("text/html")));
  }

  private void ask(Exchange exchange) {
    var page = consents.page(exchange.path("state"));
    if (page.isEmpty()) {
      Page.show(exchange, 404, "The link is over", "<p>" + GONE + "</p>");
      return;
    }
    var asked = page.get();
    var scopes =
        asked.scope().isBlank() ? "" : "<dt>To do</dt><dd>" + safe(asked.scope()) + "</dd>";
    Page.show(
        exchange,
        200,
        "Connect " + safe(title(asked.connection())),
        """
        <p>Tools on this server would act in your name at the service below. Go on only if you are
        <b>%s</b> here, or this is your link: whoever gave it to you acts for you from then on.</p>
        <dl><dt>Connection</dt><dd>%s</dd><dt>Service</dt><dd>%s</dd>%s</dl>
        <p><a class="go" href="%s" rel="noreferrer">Go on at %s</a></p>
        """
            .formatted(
                safe(asked.username()),
                safe(title(asked.connection())),
                safe(asked.connection().content().baseUrl()),
                scopes,
                safe(asked.authorizeUrl().toString()),
                safe(asked.authorizeUrl().getHost())));
  }

  private void back(Exchange exchange) throws InterruptedException {
    var state = Optional.ofNullable(exchange.query("state")).orElse("");
    var code = Optional.ofNullable(exchange.query("code")).orElse("");
    if (code.isEmpty()) {
      consents.declined(state);
      Page.show(
          exchange,
          200,
          "Not connected",
          "<p>The service gave no permission. Nothing was changed; you can close this page.</p>");
      return;
    }
    try {
      var connected = consents.given(state, code, exchange.query("iss"));
      if (connected.isEmpty()) {
        Page.show(exchange, 404, "The link is over", "<p>" + GONE + "</p>");
      } else {
        Page.show(
            exchange,
            200,
            "Connected",
            "<p>%s can act for you now. You can close this page.</p>"
                .formatted(safe(title(connected.get()))));
      }
    } catch (Problem e) {
      Page.show(
          exchange,
          e.kind().status,
          "Not connected",
          "<p>%s. Ask for a new link to try again.</p>"
              .formatted(safe(String.valueOf(e.getMessage()))));
    }
  }

  private static String title(Connection connection) {
    return connection.content().title();
  }
}
