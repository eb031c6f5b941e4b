package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The benchmark runs on the product as it is shipped. How fast it is depends on the machine.
class BenchTest {
  @Test
  void the_benchmark_measures_every_workload_and_says_so_in_json_and_markdown(
      @TempDir Path directory) throws Exception {
    var json = directory.resolve("figures.json");
    var output = directory.resolve("output");
    var launcher = Product.directory().resolve("toolwright").toString();
    var process =
        new ProcessBuilder(launcher, "bench", "--quick", "--json", json.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("It should end").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
    assertThat(process.exitValue()).as(() -> read(output)).isZero();
    var report = Api.JSON.readTree(Files.readString(json));
    assertThat(report.path("start_s").path("first").asDouble()).isPositive();
    assertThat(report.path("rest_mib").path("total").asLong()).isPositive();
    assertThat(report.path("workloads")).hasSize(11).allSatisfy(BenchTest::isMeasured);
    assertThat(read(output)).contains("| JavaScript tool over MCP | ", "Memory at rest: ");
  }

  private static void isMeasured(JsonNode workload) {
    for (var callers : new String[] {"1_caller", "16_callers"}) {
      var figure = workload.path(callers);
      assertThat(figure.path("p50_ms").asDouble()).as("%s", workload).isPositive();
      assertThat(figure.path("p99_ms").asDouble())
          .isGreaterThanOrEqualTo(figure.path("p50_ms").asDouble());
      assertThat(figure.path("per_second").asLong()).isPositive();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }
}
