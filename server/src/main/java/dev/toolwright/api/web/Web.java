package dev.toolwright.api.web;

import dev.toolwright.account.Accounts;
import dev.toolwright.idempotency.Idempotency;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.Executors;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP server: every face's routes behind one gate, each request on a virtual thread. A slow
/// client costs a connection, not a thread, until its request's header is complete; then its body
/// has a minute.
public final class Web implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Web.class);
  private static final int MOST_CONNECTIONS = 20_000;
  private static final int ACCEPT_QUEUE = 1_024;
  private static final int HEADER_BYTES = 16 << 10;
  private static final int THREADS = 32;

  private final Javalin server;
  private final Entrance entrance;
  private final WebSettings settings;

  private Web(Javalin server, Entrance entrance, WebSettings settings) {
    this.server = server;
    this.entrance = entrance;
    this.settings = settings;
  }

  /// Listens until closed.
  ///
  /// @throws RuntimeException when the port is taken
  public static Web start(
      WebSettings settings,
      Accounts accounts,
      Idempotency idempotency,
      MeterRegistry meters,
      List<Route> routes) {
    var headers = new Headers(settings.corsOrigins());
    var entrance = new Entrance(headers);
    var gate = new Gate(new Credentials(accounts), idempotency, meters, entrance::draining);
    var ordered = RouteOrder.of(routes);
    var server =
        Javalin.create(config -> {
          listen(config, settings, entrance, headers);
          addRoutes(config, ordered, gate, headers);
        });
    return new Web(server.start(), entrance, settings);
  }

  /// The port it listens on.
  public int port() {
    return server.port();
  }

  /// Answers new requests 503 and waits for the running ones, at most the grace of the settings.
  /// Streams see that they are to end.
  public void drain() throws InterruptedException {
    entrance.drain(settings.grace());
  }

  @Override
  public void close() {
    server.stop();
  }

  private static void listen(
      JavalinConfig config, WebSettings settings, Entrance entrance, Headers headers) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.prefer405over404 = true;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    var threads = new QueuedThreadPool(THREADS, 4);
    threads.setName("http");
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("request-", 0).factory()));
    config.jetty.threadPool = threads;
    config.jetty.modifyServer(server -> {
      server.setHandler(entrance);
      server.setErrorHandler(new ParserErrors(headers));
      server.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, server));
    });
    config.jetty.addConnector((server, http) -> connector(server, http, settings));
  }

  private static Connector connector(Server server, HttpConfiguration http, WebSettings settings) {
    http.setRequestHeaderSize(HEADER_BYTES);
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(settings.host());
    connector.setPort(settings.port());
    connector.setIdleTimeout(settings.idleTimeout().toMillis());
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setReuseAddress(true);
    return connector;
  }

  private static void addRoutes(
      JavalinConfig config, List<Route> routes, Gate gate, Headers headers) {
    for (var route : routes) {
      var type = HandlerType.findOrCreate(route.method());
      config.routes.addHttpHandler(type, route.path(), context -> gate.serve(route, context));
      if (route.method().equals("GET")) {
        config.routes.addHttpHandler(
            HandlerType.HEAD, route.path(), context -> gate.serve(route, context));
      }
    }
    // Only Javalin itself still throws: when no route is there for the path and method.
    config.routes.exception(
        HttpResponseException.class,
        (_, context) -> {
          unmatched(routes, headers, context);
          gate.measureUnmatched(context);
        });
    config.routes.exception(
        Exception.class,
        (e, context) -> {
          LOG.error("A request failed outside its route", e);
          ErrorReply.send(context, ErrorAnswer.internal());
        });
  }

  private static void unmatched(List<Route> routes, Headers headers, Context context) {
    var methods = RouteOrder.methodsOf(routes, context.path());
    if (methods.isEmpty()) {
      ErrorReply.send(context, ErrorAnswer.of(404, "There is nothing at this path"));
    } else {
      ErrorReply.otherMethod(context, methods, headers.allows(context.req().getHeader("Origin")));
    }
  }
}
