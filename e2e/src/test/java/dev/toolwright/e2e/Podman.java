package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A real container engine with a store of its own, so that no other engine's containers are
/// touched.
final class Podman implements AutoCloseable {
  private static final Duration INSTALLED_WITHIN = Duration.ofMinutes(5);
  private static final Duration DONE_WITHIN = Duration.ofMinutes(2);

  /// Where cgroups are of both versions, crun does not start, and some machines refuse higher
  /// limits to root.
  private static final String SETTINGS =
      """
      [containers]
      default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
      [network]
      network_backend = "netavark"
      [engine]
      runtime = "runc"
      cgroup_manager = "cgroupfs"
      events_logger = "file"
      """;

  private final Path place;
  private Process service;

  private Podman(Path place) throws IOException {
    this.place = place;
    Files.writeString(place.resolve("containers.conf"), SETTINGS);
    service = serve();
  }

  private Process serve() throws IOException {
    return builder("system", "service", "--time", "0", socket()).start();
  }

  /// Ends the engine while its containers go on.
  void leave() throws InterruptedException {
    service.destroyForcibly().waitFor();
  }

  void comeBack() throws IOException {
    service = serve();
  }

  /// Skips the tests, and says so, where none can be had or it cannot run a container.
  static Podman start() throws Exception {
    if (!isInstalled()) {
      install();
    }
    var can = isInstalled() && isRoot();
    if (!can) {
      System.out.println("Podman cannot run here: containers of tools were not tried");
    }
    assumeTrue(can, "Podman cannot run here");
    var podman = new Podman(Files.createTempDirectory("toolwright-podman"));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.exists(podman.place.resolve("engine.sock")));
    return podman;
  }

  private static boolean isInstalled() {
    return has("podman") && has("runc") && Files.exists(Path.of("/usr/lib/podman/netavark"));
  }

  private static void install() throws Exception {
    if (!isRoot() || !has("apt-get")) {
      return;
    }
    var command =
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq"
            + " --no-install-recommends podman runc netavark iptables";
    var process =
        new ProcessBuilder("sh", "-c", command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(INSTALLED_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static boolean has(String program) {
    return List.of(System.getenv("PATH").split(":", -1)).stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  String socket() {
    return "unix://" + place.resolve("engine.sock");
  }

  /// Makes an image of a file system that a command writes as a tar.
  void load(String image, String tar, List<String> changes) throws Exception {
    var podman = new ArrayList<>(command("import"));
    changes.forEach(change -> podman.addAll(List.of("-c", change)));
    podman.addAll(List.of("-", image));
    var quoted = podman.stream().map(word -> "'" + word + "'").toList();
    assertThat(
            run(
                new ProcessBuilder(
                    "bash", "-c", "set -o pipefail; " + tar + " | " + String.join(" ", quoted))))
        .isNotEmpty();
  }

  /// What a command of its own prints.
  String run(String... words) throws Exception {
    return run(builder(words));
  }

  private String run(ProcessBuilder builder) throws Exception {
    var output = place.resolve("output");
    var errors = place.resolve("errors");
    var process =
        configured(builder).redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
    assertThat(process.waitFor(DONE_WITHIN.toSeconds(), TimeUnit.SECONDS))
        .as("%s", builder.command())
        .isTrue();
    assertThat(process.exitValue()).as("%s", Files.readString(errors)).isZero();
    return Files.readString(output);
  }

  private ProcessBuilder builder(String... words) {
    return configured(new ProcessBuilder(command(words)))
        .redirectErrorStream(true)
        .redirectOutput(place.resolve("log").toFile());
  }

  private ProcessBuilder configured(ProcessBuilder builder) {
    builder.environment().put("CONTAINERS_CONF", place.resolve("containers.conf").toString());
    return builder;
  }

  private List<String> command(String... words) {
    var command =
        new ArrayList<>(
            List.of(
                "podman",
                "--storage-driver",
                "vfs",
                "--root",
                place.resolve("store").toString(),
                "--runroot",
                place.resolve("run").toString(),
                "--network-config-dir",
                place.resolve("networks").toString()));
    command.addAll(List.of(words));
    return command;
  }

  @Override
  public void close() {
    try {
      run("rm", "--all", "--force", "--time", "0");
      run("network", "prune", "--force");
      service.destroy();
      service.waitFor(10, TimeUnit.SECONDS);
      new ProcessBuilder("rm", "-rf", place.toString()).start().waitFor(30, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      service.destroyForcibly();
    }
  }
}
