package dev.toolwright.database.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinariesTest {
  @Test
  void starts_at_the_same_time_unpack_one_set_of_programs(@TempDir Path place) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Path> unpack = () -> Binaries.directory(place.resolve("bin"));
      var first = threads.submit(unpack);
      var second = threads.submit(unpack);
      assertThat(first.get()).isEqualTo(second.get());
      assertThat(Stream.of("postgres", "initdb", "pg_ctl"))
          .allSatisfy(program -> assertThat(first.get().resolve(program)).isExecutable());
    }
    try (var unpacked = Files.list(place.resolve("bin"))) {
      assertThat(unpacked).hasSize(1);
    }
  }
}
