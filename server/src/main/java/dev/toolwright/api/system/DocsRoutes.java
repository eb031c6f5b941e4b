package dev.toolwright.api.system;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.http.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/// `/docs`: what `/openapi.json` says, to read and to try out, for people. All of the page comes
/// from this server, so it works without the internet.
public final class DocsRoutes {
  private static final String WEBJAR = "org.webjars/swagger-ui";

  /// The page runs our scripts, shows our styles, asks this server, and nothing else.
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final Map<String, File> FILES = files();

  private DocsRoutes() {}

  /// A file of the page.
  private record File(String resource, String type) {}

  public static List<Route> routes() {
    return List.of(
        Route.of(
                "GET",
                "/",
                Access.PUBLIC,
                Role.VIEWER,
                "Where a person begins: leads to /docs",
                DocsRoutes::leadToPage)
            .doc(RouteDoc.NONE.status(302).type("text/plain")),
        Route.of(
                "GET",
                "/docs",
                Access.PUBLIC,
                Role.VIEWER,
                "This description as a page",
                DocsRoutes::page)
            .doc(RouteDoc.NONE.type("text/html")),
        Route.of(
                "GET",
                "/docs/{file}",
                Access.PUBLIC,
                Role.VIEWER,
                "A file of that page",
                DocsRoutes::file)
            .doc(RouteDoc.NONE.type("text/css")));
  }

  /// Addresses are relative everywhere, so that a proxy may put the server below a path.
  private static void leadToPage(Exchange exchange) {
    exchange.header("Location", "docs");
    exchange.bytes(302, "text/plain", new byte[0]);
  }

  private static void page(Exchange exchange) {
    exchange.header("Content-Security-Policy", POLICY);
    exchange.bytes(200, "text/html; charset=utf-8", bytes("/docs/page.html"));
  }

  private static void file(Exchange exchange) {
    var name = exchange.path("file");
    var file = FILES.get(name);
    if (file == null) {
      throw Problem.notFound("File", name);
    }
    exchange.header("Cache-Control", "max-age=3600");
    exchange.bytes(200, file.type(), bytes(file.resource()));
  }

  private static Map<String, File> files() {
    var ui = "/META-INF/resources/webjars/swagger-ui/" + version() + "/";
    var css = "text/css; charset=utf-8";
    var script = "text/javascript; charset=utf-8";
    return Map.of(
        "docs.css", new File("/docs/docs.css", css),
        "docs.js", new File("/docs/docs.js", script),
        "swagger-ui.css", new File(ui + "swagger-ui.css", css),
        "swagger-ui-bundle.js", new File(ui + "swagger-ui-bundle.js", script));
  }

  private static String version() {
    var properties = new Properties();
    try (var in = resource("/META-INF/maven/" + WEBJAR + "/pom.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  private static byte[] bytes(String resource) {
    try (var in = resource(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream resource(String name) {
    var in = DocsRoutes.class.getResourceAsStream(name);
    if (in == null) {
      throw new IllegalStateException("missing resource " + name);
    }
    return in;
  }
}
