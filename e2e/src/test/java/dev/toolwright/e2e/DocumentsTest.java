package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.testing.Resembles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Every command of README, tutorials and how-tos is run as it stands, page by page, each on a
/// fresh server, and prints what the page says. Only the port is another one.
class DocumentsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String PORT = "127.0.0.1:8080";
  private static final Set<String> ROLES = Set.of("bash", "starts", "json", "text", "shown");
  private static final int SECONDS = 120;

  @RegisterExtension private static final Products PRODUCTS = new Products();

  @TestFactory
  Stream<DynamicTest> every_command_of_every_page_prints_what_the_page_says() throws IOException {
    return pages().stream()
        .map(page ->
            DynamicTest.dynamicTest(ROOT.relativize(page.path()).toString(), () -> play(page)));
  }

  @TestFactory
  Stream<DynamicTest> every_block_of_code_runs_or_says_that_it_does_not() throws IOException {
    return pages().stream()
        .map(page ->
            DynamicTest.dynamicTest(
                ROOT.relativize(page.path()).toString(),
                () ->
                    assertThat(page.blocks())
                        .isNotEmpty()
                        .allSatisfy(block -> assertThat(block.role()).isIn(ROLES))));
  }

  private static List<Page> pages() throws IOException {
    var paths = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    for (var directory : List.of("docs/tutorial", "docs/how-to")) {
      try (var files = Files.list(ROOT.resolve(directory))) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(paths::add);
      }
    }
    return paths.stream().map(Page::read).toList();
  }

  private static void play(Page page) throws Exception {
    var starts = page.blocks().stream().filter(block -> block.role().equals("starts")).toList();
    assertThat(starts).as("One block must start the server: ```bash starts").hasSize(1);
    var port = freePort();
    var here = "127.0.0.1:" + port;
    var product =
        PRODUCTS.create(Map.of()).type(starts.getFirst().text().strip().replace(PORT, here), port);
    product.printed();
    var commands = page.blocks().stream().filter(block -> block.role().equals("bash")).toList();
    var outputs = run(product.place(), commands, here);
    for (int i = 0; i < page.blocks().size(); i++) {
      var block = page.blocks().get(i);
      if (block.role().equals("json") || block.role().equals("text")) {
        var printed = outputs.get(commands.indexOf(page.blocks().get(i - 1)));
        check(page, block, printed.replace(here, PORT));
      }
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  /// What each block printed. They share one shell, which ends at the first command that fails.
  private static List<String> run(Path place, List<Page.Block> commands, String here)
      throws Exception {
    var script = new StringBuilder("set -euo pipefail\n");
    for (int i = 0; i < commands.size(); i++) {
      Files.writeString(place.resolve(i + ".sh"), commands.get(i).text().replace(PORT, here));
      script.append("echo %d >reached; . ./%d.sh >%d.out 2>&1\n".formatted(i, i, i));
    }
    Files.writeString(place.resolve("all.sh"), script);
    var builder = new ProcessBuilder("bash", "all.sh").directory(place.toFile());
    builder.environment().put("HOME", place.toString());
    var process = builder.inheritIO().start();
    try {
      assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS))
          .as("The commands must end within %s s", SECONDS)
          .isTrue();
    } finally {
      process.destroyForcibly();
    }
    var outputs = new ArrayList<String>();
    for (int i = 0; i < commands.size(); i++) {
      var output = place.resolve(i + ".out");
      outputs.add(Files.exists(output) ? Files.readString(output) : "");
    }
    var reached = Integer.parseInt(Files.readString(place.resolve("reached")).strip());
    assertThat(process.exitValue())
        .as("The commands at line %d: %s", commands.get(reached).line(), outputs.get(reached))
        .isZero();
    return outputs;
  }

  private static void check(Page page, Page.Block expected, String printed) {
    var place = "%s:%d".formatted(ROOT.relativize(page.path()), expected.line());
    if (expected.role().equals("json")) {
      var actual = Api.JSON.readTree(printed);
      assertThat(Resembles.faults(Api.JSON.readTree(expected.text()), actual, true))
          .as("%s printed %s", place, printed)
          .isEmpty();
    } else {
      assertThat(Resembles.text(expected.text().strip(), printed.strip()))
          .as("%s printed %s", place, printed)
          .isTrue();
    }
  }
}
