package dev.toolwright.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.toolwright.database.DatabaseAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  @TempDir private Path home = Path.of("");

  @Test
  void a_server_without_settings_listens_on_loopback_and_keeps_its_own_database() {
    var settings = Settings.defaults(home);
    assertThat(settings.host()).isEqualTo("127.0.0.1");
    assertThat(settings.port()).isEqualTo(8080);
    assertThat(settings.databaseAddress()).isEmpty();
    assertThat(settings.runSlots()).isEqualTo(32);
    assertThat(settings.aot()).isTrue();
    assertThat(settings.nodeName()).isNotBlank();
    assertThat(settings.home()).isEqualTo(home);
  }

  @Test
  void a_flag_wins_over_the_environment_which_wins_over_the_file() throws Exception {
    file("port=1\nhost=10.0.0.1\nrun-slots=7\n");
    var settings =
        read(Map.of("TOOLWRIGHT_PORT", "2", "TOOLWRIGHT_HOST", "10.0.0.2"), "--port", "3");
    assertThat(settings.port()).isEqualTo(3);
    assertThat(settings.host()).isEqualTo("10.0.0.2");
    assertThat(settings.runSlots()).isEqualTo(7);
    assertThat(settings.sources())
        .containsEntry(Setting.PORT, "--port")
        .containsEntry(Setting.HOST, "TOOLWRIGHT_HOST")
        .doesNotContainKey(Setting.AOT);
  }

  @Test
  void the_home_comes_from_the_environment_too_and_a_tilde_is_the_users_home() {
    assertThat(Settings.read(List.of(), Map.of("TOOLWRIGHT_HOME", home.toString())).home())
        .isEqualTo(home);
    assertThat(Settings.read(List.of("--home=~/x"), Map.of()).home())
        .isEqualTo(Path.of(System.getProperty("user.home"), "x"));
    assertThat(Settings.read(List.of("--home=~/x"), Map.of("HOME", "/srv")).home())
        .isEqualTo(Path.of("/srv/x"));
    assertThat(Settings.read(List.of(), Map.of("HOME", "/srv")).home())
        .isEqualTo(Path.of("/srv/.toolwright"));
  }

  @Test
  void unknown_names_are_refused_with_the_nearest_known_one_wherever_they_are() throws Exception {
    file("prot=1\n");
    var fault =
        fault(Map.of("TOOLWRIGHT_POTR", "2", "UNRELATED", "3"), "--publik-url", "http://x.test");
    assertThat(fault.sentences())
        .containsExactlyInAnyOrder(
            "--publik-url is not a setting; did you mean --public-url?",
            "TOOLWRIGHT_POTR is not a setting; did you mean TOOLWRIGHT_PORT?",
            "prot is not a setting; did you mean port? (in "
                + home.resolve("toolwright.properties")
                + ")");
  }

  @Test
  void all_bad_values_are_named_at_once_with_what_is_allowed() {
    var fault =
        fault(
            Map.of("TOOLWRIGHT_LOG_LEVEL", "loud"),
            "--port=65536",
            "--run-slots",
            "many",
            "--public-url",
            "ftp://x.test",
            "--aot");
    assertThat(fault.sentences())
        .containsExactlyInAnyOrder(
            "--aot needs a value: on, off",
            "--port must be a whole number from 0 to 65535 (it is \"65536\")",
            "--run-slots must be a whole number from 1 to 1000 (it is \"many\")",
            "--public-url must be an http:// or https:// address (it is \"ftp://x.test\")",
            "TOOLWRIGHT_LOG_LEVEL must be one of error, warn, info, debug (it is \"loud\")");
  }

  @Test
  void lists_and_addresses_are_read() {
    var settings =
        read(
            Map.of(
                "TOOLWRIGHT_EGRESS_ALLOW", "10.0.0.0/8, wiki.corp",
                "TOOLWRIGHT_MODEL_ALIASES", "fast=gpt-5-mini,good=gpt-5",
                "TOOLWRIGHT_CORS_ORIGINS", "https://app.example.com",
                "TOOLWRIGHT_PUBLIC_URL", "https://tools.example.com/",
                "TOOLWRIGHT_DATABASE_URL", "postgresql://u:p@db.test/tools"));
    assertThat(settings.egressAllow()).containsExactly("10.0.0.0/8", "wiki.corp");
    assertThat(settings.modelAliases()).containsEntry("fast", "gpt-5-mini").hasSize(2);
    assertThat(settings.corsOrigins()).containsExactly("https://app.example.com");
    assertThat(settings.publicUrl()).contains(URI.create("https://tools.example.com"));
    assertThat(settings.databaseAddress())
        .contains(new DatabaseAddress("jdbc:postgresql://db.test:5432/tools", "u", "p"));
  }

  @Test
  void secrets_are_neither_shown_nor_quoted_in_a_fault() {
    var settings =
        read(
            Map.of(
                "TOOLWRIGHT_DATABASE_URL", "postgresql://u:hidden-1@db.test/tools",
                "OPENAI_API_KEY", "hidden-2",
                "TOOLWRIGHT_MASTER_PASSPHRASE", "hidden passphrase"));
    assertThat(settings.masterPassphrase()).contains("hidden passphrase");
    assertThat(settings.models().value(ModelVariable.OPENAI_API_KEY)).contains("hidden-2");
    assertThat(settings.toString() + settings.models() + settings.databaseAddress())
        .doesNotContain("hidden");
    assertThat(fault(Map.of("TOOLWRIGHT_MASTER_PASSPHRASE", "hidden")).getMessage())
        .isEqualTo("TOOLWRIGHT_MASTER_PASSPHRASE must be at least 12 characters");
    assertThat(fault(Map.of(), "--master-passphrase", "hidden passphrase").getMessage())
        .contains("set TOOLWRIGHT_MASTER_PASSPHRASE instead")
        .doesNotContain("hidden");
    assertThat(fault(Map.of("TOOLWRIGHT_DATABASE_URL", "mysql://u:hidden@db/x")).getMessage())
        .contains("TOOLWRIGHT_DATABASE_URL cannot be used: it does not begin with postgresql://")
        .doesNotContain("hidden");
  }

  @Test
  void settings_for_tests_are_read_but_never_suggested() {
    assertThat(read(Map.of("TOOLWRIGHT_TEST_CLOCK_OFFSET", "-5")).testClockOffset()).hasSeconds(-5);
    assertThat(fault(Map.of("TOOLWRIGHT_FAILPOIN", "x")).getMessage())
        .doesNotContain("TOOLWRIGHT_FAILPOINT");
  }

  @Test
  void the_home_cannot_be_moved_by_the_file_inside_it() throws Exception {
    file("home=/elsewhere\n");
    assertThat(fault(Map.of()).getMessage()).startsWith("home cannot be set in ");
  }

  @Test
  void the_page_of_settings_says_what_the_code_says() throws Exception {
    var page = Path.of("../docs/reference/settings.md");
    if (Boolean.getBoolean("toolwright.write-docs")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, SettingsPage.text());
    }
    assertThat(page)
        .as("write it anew with mvn test -Dtest=SettingsTest -Dtoolwright.write-docs=true")
        .hasContent(SettingsPage.text());
  }

  @Test
  void a_home_serves_one_server_at_a_time_and_only_its_user() throws Exception {
    var place = home.resolve("deep/home");
    try (var held = HomeDirectory.open(place)) {
      assertThat(held.path()).isEqualTo(place);
      assertThat(Files.getPosixFilePermissions(place)).hasSize(3);
      assertThatThrownBy(() -> HomeDirectory.open(place))
          .isInstanceOf(SettingsFault.class)
          .hasMessageContaining("Another Toolwright server is using " + place);
    }
    HomeDirectory.open(place).close();
    var file = Files.createFile(home.resolve("file"));
    assertThatThrownBy(() -> HomeDirectory.open(file))
        .isInstanceOf(SettingsFault.class)
        .hasMessageContaining("cannot be used");
  }

  private void file(String text) throws Exception {
    Files.writeString(home.resolve("toolwright.properties"), text);
  }

  private Settings read(Map<String, String> environment, String... flags) {
    var all = new ArrayList<>(List.of("--home", home.toString()));
    all.addAll(List.of(flags));
    return Settings.read(all, environment);
  }

  private SettingsFault fault(Map<String, String> environment, String... flags) {
    return catchThrowableOfType(SettingsFault.class, () -> read(environment, flags));
  }
}
