package dev.toolwright;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.config.Settings;
import dev.toolwright.database.TestDatabase;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstStartTest {
  @Test
  void a_server_whose_first_admin_was_deactivated_starts_and_stays_as_it_is(@TempDir Path home)
      throws Exception {
    try (var test = TestDatabase.fresh()) {
      var settings = settings(home, test);
      try (var first = Platform.open(settings)) {
        assertThat(first.greeting()).isNotEmpty();
      }
      var login = Files.readString(home.resolve(FirstStart.FILE));
      test.database().useTx(tx -> tx.handle().execute("update account set active = false"));
      try (var second = Platform.open(settings)) {
        assertThat(second.greeting()).isEmpty();
      }
      assertThat(home.resolve(FirstStart.FILE)).hasContent(login);
    }
  }

  private static Settings settings(Path home, TestDatabase test) {
    var address = test.address();
    var url = URI.create(address.jdbcUrl().substring("jdbc:".length()));
    return Settings.read(
        List.of("--home", home.toString(), "--port", "0"),
        Map.of(
            "TOOLWRIGHT_DATABASE_URL",
            "postgresql://%s:%s@%s:%d%s"
                .formatted(
                    address.user(),
                    address.password(),
                    url.getHost(),
                    url.getPort(),
                    url.getPath())));
  }
}
