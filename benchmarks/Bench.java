import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Measures the packaged product on this machine, beside the floors of this machine, in one run. See README.md here.
final class Bench {
  private static final String USAGE = "bench takes [--seconds 3] [--rounds 3] [--only WORDS] [--nodes 1] [--split] [--json FILE] [--quick]";
  private static final int CALLERS = 16;

  /// The spare JavaScript worker starts some seconds after the server.
  private static final int SECONDS_TO_REST = 20;

  private final Options options;
  private final Product product;
  private final ObjectNode report = new JsonMapper().createObjectNode();

  private Bench(Options options, Product product) {
    this.options = options;
    this.product = product;
  }

  /// @param seconds of each window
  /// @param rounds of which the median counts
  /// @param only workloads whose name contains it; empty: all
  /// @param nodes servers on the database of the first
  /// @param split whether the first only answers and the others only work
  /// @param json where the figures go, too; empty: nowhere
  /// @param quick one short round, to see that it runs: its figures mean nothing
  private record Options(
      Path product,
      double seconds,
      int rounds,
      String only,
      int nodes,
      boolean split,
      String json,
      boolean quick) {
    static Options of(String[] words) {
      var given = new LinkedHashMap<String, String>();
      for (var i = 0; i < words.length; i++) {
        if (List.of("--quick", "--split").contains(words[i])) {
          given.put(words[i], "");
        } else if (List.of("--product", "--seconds", "--rounds", "--only", "--nodes", "--json").contains(words[i])
            && i + 1 < words.length) {
          given.put(words[i], words[++i]);
        } else {
          System.err.println(USAGE);
          System.exit(2);
        }
      }
      var quick = given.containsKey("--quick");
      return new Options(
          Path.of(given.get("--product")),
          Double.parseDouble(given.getOrDefault("--seconds", quick ? "0.2" : "3")),
          Integer.parseInt(given.getOrDefault("--rounds", quick ? "1" : "3")),
          given.getOrDefault("--only", ""),
          Integer.parseInt(given.getOrDefault("--nodes", "1")),
          given.containsKey("--split"),
          given.getOrDefault("--json", ""),
          quick);
    }
  }

  public static void main(String[] arguments) throws Exception {
    var options = Options.of(arguments);
    var java = ProcessHandle.current().info().command().orElse("java");
    var source = Path.of(System.getProperty("jdk.launcher.sourcefile")).resolveSibling("Echo.java");
    var echo =
        new ProcessBuilder(java, "-XX:+UseSerialGC", "-Xmx128m", source.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var said = echo.inputReader()) {
      var port = Integer.parseInt(said.readLine());
      var first = options.split() ? "api" : "api,worker";
      try (var product = new Product(options.product(), port, first, null)) {
        new Bench(options, product).run(port);
      }
    } finally {
      echo.destroy();
    }
  }

  private void run(int echo) throws Exception {
    describe();
    starts();
    TimeUnit.SECONDS.sleep(options.quick() ? 1 : SECONDS_TO_REST);
    var others = new ArrayList<Product>();
    try (var database = product.database()) {
      var usage = product.usage(database);
      rest(usage);
      for (var i = 1; i < options.nodes(); i++) {
        say("starting another");
        others.add(new Product(options.product(), echo, options.split() ? "worker" : "api,worker", product));
        others.getLast().start(false);
      }
      loads(usage, new Workloads(product, options.split() ? List.of() : others, echo).all(), database);
    } finally {
      for (var other : others) {
        other.close();
      }
    }
    System.out.println(Table.of(report));
    if (!options.json().isEmpty()) {
      Files.writeString(Path.of(options.json()), report.toPrettyString() + "\n");
    }
  }

  private void describe() throws IOException {
    var machine = report.putObject("machine");
    machine.put("processors", Runtime.getRuntime().availableProcessors());
    machine.put("processor", line("/proc/cpuinfo", "model name"));
    machine.put("memory_mib", Long.parseLong(line("/proc/meminfo", "MemTotal").replace(" kB", "")) / 1024);
    machine.put("java", Runtime.version().toString());
    report.put("seconds", options.seconds()).put("rounds", options.rounds());
  }

  private static String line(String file, String name) throws IOException {
    return Files.readAllLines(Path.of(file)).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("0");
  }

  /// Leaves it running.
  private void starts() throws IOException, InterruptedException {
    say("starting the product");
    var starts = report.putObject("start_s");
    starts.put("first", rounded(product.start(false)));
    if (options.quick() || !options.only().isEmpty()) {
      return;
    }
    product.stop();
    starts.put("next", restarts());
    say("letting it train its class cache");
    product.start(true);
    var trained = product.awaitClassCache();
    product.stop();
    if (trained) {
      starts.put("next_with_class_cache", restarts());
    }
    product.start(false);
  }

  /// The middle one of three.
  private double restarts() throws IOException, InterruptedException {
    var all = new ArrayList<Double>();
    for (var i = 0; i < 3; i++) {
      all.add(product.start(false));
      product.stop();
    }
    return rounded(all.stream().sorted().toList().get(1));
  }

  private void rest(Usage usage) throws IOException {
    var rest = report.putObject("rest_mib");
    var total = 0L;
    for (var part : usage.memory().entrySet()) {
      rest.put(part.getKey().key(), part.getValue());
      total += part.getValue();
    }
    rest.put("total", total);
  }

  private void loads(Usage usage, List<Workloads.Workload> all, Connection database) throws Exception {
    var wanted = all.stream().filter(load -> load.name().contains(options.only())).toList();
    var alone = new LinkedHashMap<String, List<Load.Figure>>();
    var together = new LinkedHashMap<String, List<Load.Figure>>();
    var starts = new ArrayList<Double>();
    for (var load : wanted) {
      say("warming up: " + load.name());
      // Optimised code needs some thousand calls; the slowest get longer for them.
      Load.measure(load.callers(), CALLERS, 3 * options.seconds(), usage);
    }
    for (var round = 1; round <= options.rounds(); round++) {
      for (var load : wanted) {
        say("round " + round + ": " + load.name());
        var began = text(database, "select clock_timestamp()");
        alone.computeIfAbsent(load.name(), _ -> new ArrayList<>())
            .add(Load.measure(load.callers(), 1, options.seconds(), usage));
        if (load.name().contains("job")) {
          starts.add(submitToStart(database, began));
        }
        together.computeIfAbsent(load.name(), _ -> new ArrayList<>())
            .add(Load.measure(load.callers(), CALLERS, options.seconds(), usage));
      }
    }
    if (!starts.isEmpty()) {
      report.put("submit_to_start_ms", rounded(starts.stream().sorted().toList().get(starts.size() / 2)));
    }
    var figures = report.putArray("workloads");
    for (var load : wanted) {
      var figure = figures.addObject().put("name", load.name());
      figure.set("1_caller", shown(Load.median(alone.get(load.name()))));
      figure.set(CALLERS + "_callers", shown(Load.median(together.get(load.name()))));
    }
  }

  /// As the database tells: from the transaction that stored a job to its start, the middle one of those since then.
  private static double submitToStart(Connection database, String since) throws SQLException {
    return Double.parseDouble(
        text(
            database,
            """
            select coalesce(percentile_cont(0.5) within group (order by extract(epoch from started_at - created_at) * 1000), 0)
            from run where created_at > '%s'
            """
                .formatted(since)));
  }

  private static String text(Connection database, String query) throws SQLException {
    try (var statement = database.createStatement();
        var found = statement.executeQuery(query)) {
      found.next();
      return found.getString(1);
    }
  }

  private ObjectNode shown(Load.Figure figure) {
    var shown = report.objectNode();
    shown.put("p50_ms", rounded(figure.p50())).put("p99_ms", rounded(figure.p99()));
    shown.put("per_second", Math.round(figure.perSecond()));
    shown.put("commits", rounded(figure.commits()));
    var cpu = shown.putObject("cpu_us");
    for (Map.Entry<Usage.Part, Double> part : figure.micros().entrySet()) {
      cpu.put(part.getKey().key(), Math.round(part.getValue()));
    }
    return shown;
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private static void say(String what) {
    System.err.println(what);
  }
}
