package dev.toolwright.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.config.Settings;
import dev.toolwright.database.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir private Path home = Path.of("");

  @Test
  void a_broken_finding_is_shown_with_its_fix_and_decides_the_answer() {
    Supplier<Check> broken = () -> Check.broken("sandbox", "leaks", "update the kernel");
    var doctor = new Doctor(settings(Map.of()), List.of(broken));
    var out = new ByteArrayOutputStream();
    assertThat(doctor.report(new PrintStream(out, true, StandardCharsets.UTF_8))).isFalse();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("✗ sandbox            leaks")
        .contains("→ update the kernel")
        .contains("to be fixed");
  }

  @Test
  void every_finding_has_a_name_and_a_sentence_and_what_is_broken_has_a_fix() {
    assertThat(new Doctor(settings(Map.of()), List.of()).findings())
        .hasSizeGreaterThan(10)
        .allSatisfy(finding -> assertThat(finding.finding()).isNotBlank().doesNotEndWith("."))
        .filteredOn(finding -> finding.status() == Check.Status.BROKEN)
        .allSatisfy(finding -> assertThat(finding.fix()).isNotBlank());
  }

  @Test
  void the_key_of_a_model_is_never_shown() {
    var models = new Outside(settings(Map.of("OPENAI_API_KEY", "hidden-key"))).models();
    assertThat(models.status()).isEqualTo(Check.Status.FINE);
    assertThat(models.toString()).doesNotContain("hidden-key");
  }

  @Test
  void what_of_models_is_set_is_shown_and_what_can_be_asked() {
    var azure = Map.of("AZURE_OPENAI_API_KEY", "hidden-key");
    assertThat(new Outside(settings(azure)).models())
        .isEqualTo(
            Check.absent(
                "models",
                "AZURE_OPENAI_API_KEY is set, which is not enough: only the built-in rehearsal"
                    + " model answers",
                "set OPENAI_API_KEY, ANTHROPIC_API_KEY, AZURE_OPENAI_API_KEY with"
                    + " AZURE_OPENAI_ENDPOINT, or OLLAMA_BASE_URL"));
    var two = Map.of("ANTHROPIC_API_KEY", "hidden-key", "OLLAMA_BASE_URL", "http://10.0.0.1:11434");
    assertThat(new Outside(settings(two)).models().finding())
        .isEqualTo("ANTHROPIC_API_KEY, OLLAMA_BASE_URL are set: anthropic, ollama can be asked");
    var wrong = Map.of("ANTHROPIC_BASE_URL", "hidden");
    assertThat(new Outside(settings(wrong)).models().status()).isEqualTo(Check.Status.BROKEN);
  }

  @Test
  void a_taken_port_is_named() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      var port = Integer.toString(taken.getLocalPort());
      var check = new Outside(settings(Map.of("TOOLWRIGHT_PORT", port))).port();
      assertThat(check.status()).isEqualTo(Check.Status.ABSENT);
      assertThat(check.finding()).contains("127.0.0.1:" + port + " is taken");
    }
  }

  @Test
  void a_database_is_reached_or_its_refusal_is_explained() {
    try (var database = TestDatabase.fresh()) {
      var address = database.address();
      var place = address.jdbcUrl().substring("jdbc:postgresql://".length());
      var right = "postgresql://" + address.user() + ":" + address.password() + "@" + place;
      var wrong = "postgresql://" + address.user() + ":wrong@" + place;
      assertThat(storage(right).status()).isEqualTo(Check.Status.FINE);
      assertThat(storage(right).finding()).startsWith("PostgreSQL 18");
      assertThat(storage(wrong).finding()).contains("refuses the user or the password");
      assertThat(storage("postgresql://u:p@127.0.0.1:1/x").finding()).contains("cannot be reached");
    }
  }

  @Test
  void a_python_that_is_no_python_is_broken() throws Exception {
    var fake = Files.createFile(home.resolve("python3"));
    var check = new Programs(settings(Map.of("TOOLWRIGHT_PYTHON", fake.toString()))).python();
    assertThat(check.status()).isEqualTo(Check.Status.BROKEN);
    assertThat(check.finding()).contains(fake.toString());
  }

  private Check storage(String url) {
    return new Storage(settings(Map.of("TOOLWRIGHT_DATABASE_URL", url))).postgresql();
  }

  private Settings settings(Map<String, String> environment) {
    return Settings.read(List.of("--home", home.toString()), environment);
  }
}
