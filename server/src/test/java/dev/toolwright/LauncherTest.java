package dev.toolwright;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher script in a product directory, with a Java that only prints how it was called.
class LauncherTest {
  @TempDir private Path place = Path.of("");
  private Path product = Path.of("");
  private Path jdk = Path.of("");

  @BeforeEach
  void lay_out_a_product() throws Exception {
    product = Files.createDirectories(place.resolve("the product"));
    Files.createDirectory(product.resolve("lib"));
    Files.writeString(product.resolve("lib/toolwright-server-9.9.jar"), "jar");
    Files.writeString(product.resolve("VERSION"), "9.9\n");
    Files.copy(Path.of("../toolwright"), product.resolve("toolwright"));
    jdk = java("jdk", "25.0.1");
  }

  @Test
  void the_server_gets_its_options_and_the_users_words_unchanged() throws Exception {
    var home = place.resolve("a home");
    var words = run("serve", "--home", home.toString(), "--public-url", "https://x.test/?a b");
    assertThat(words)
        .contains("-Xmx384m", "-XX:-UseBASE64Intrinsics", "-Djava.io.tmpdir=" + home + "/tmp")
        .containsSubsequence(
            "-jar",
            product + "/lib/toolwright-server-9.9.jar",
            "serve",
            "--home",
            home.toString(),
            "--public-url",
            "https://x.test/?a b");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
        .isEqualTo("rwx------");
  }

  @Test
  void a_class_cache_is_used_when_it_is_there_for_this_java_and_these_jars() throws Exception {
    var home = place.resolve("home");
    var cache = aot(run("serve", "--home", home.toString()));
    Files.createDirectories(cache.getParent());
    Files.createFile(cache);
    assertThat(run("serve", "--home=" + home)).contains("-XX:AOTCache=" + cache);
    Files.writeString(product.resolve("lib/toolwright-server-9.9.jar"), "another");
    assertThat(run("serve", "--home=" + home)).noneMatch(word -> word.startsWith("-XX:AOTCache="));
  }

  @Test
  void an_old_java_home_is_passed_over_and_further_options_are_appended() throws Exception {
    var old = java("old", "17.0.2");
    var words = run(List.of("TOOLWRIGHT_JAVA_OPTS=-Xmx1g -Dx=y"), old, "doctor");
    assertThat(words).doesNotContain("old").containsSubsequence("-Xmx384m", "-Xmx1g", "-Dx=y");
  }

  @Test
  void a_command_of_two_words_is_passed_on_whole() throws Exception {
    assertThat(run("secrets", "rotate", "--home", "/x"))
        .containsSubsequence("-jar", product + "/lib/toolwright-server-9.9.jar")
        .endsWith("secrets", "rotate", "--home", "/x");
  }

  @Test
  void the_product_builds_and_tests_nothing_and_knows_its_version() throws Exception {
    assertThat(run("version")).containsExactly("Toolwright 9.9");
    assertThat(run("test")).singleElement().asString().contains("in the source checkout");
    assertThat(run("sevre")).contains("sevre is not a command.");
  }

  private static Path aot(List<String> words) {
    return words.stream()
        .filter(word -> word.startsWith("-Dtoolwright.aot="))
        .map(word -> Path.of(word.substring(word.indexOf('=') + 1)))
        .findFirst()
        .orElseThrow();
  }

  private Path java(String name, String version) throws Exception {
    var directory = place.resolve(name);
    Files.createDirectories(directory.resolve("bin"));
    Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    var program = directory.resolve("bin/java");
    Files.writeString(program, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return directory;
  }

  private List<String> run(String... words) throws Exception {
    return run(List.of(), jdk, words);
  }

  /// The lines that the script prints. The other Java comes second, by way of the path.
  private List<String> run(List<String> environment, Path javaHome, String... words)
      throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                "env",
                "-i",
                "HOME=" + place,
                "PATH=" + jdk.resolve("bin") + ":/usr/bin:/bin",
                "JAVA_HOME=" + javaHome));
    command.addAll(environment);
    command.addAll(List.of("bash", product.resolve("toolwright").toString()));
    command.addAll(List.of(words));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output.lines().toList();
  }
}
