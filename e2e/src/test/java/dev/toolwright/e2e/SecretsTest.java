package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The master key of a server with its own database, changed by the command beside it.
class SecretsTest {
  private static final String TOKEN = "sk-e2e-0123456789-abcdef";
  @RegisterExtension private static final Products PRODUCTS = new Products();
  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final EffectSink SINK = new EffectSink();

  @AfterAll
  static void close() {
    MODEL.close();
    SINK.close();
  }

  @Test
  void the_key_is_changed_beside_the_server_and_without_it_and_is_never_replaced_in_silence()
      throws Exception {
    var product = PRODUCTS.create(Product.settings(MODEL.baseUrl())).start();
    guarded(product.api());
    assertServed(product);

    assertThat(run(product, 137, "secrets.afterKey", "secrets", "rotate"))
        .as("it died before it said anything")
        .isEmpty();
    assertServed(product);
    assertThat(run(product, 0, "", "secrets", "rotate"))
        .contains("Continuing the rotation", "Running servers that hold it", "is retired");
    assertServed(product);

    product.stop();
    assertThat(run(product, 0, "", "secrets", "rotate"))
        .contains("No server is running", "is retired");
    assertThat(run(product, 0, "", "secrets", "status")).contains("current  key file   1 secrets");
    product.start();
    assertServed(product);

    product.stop();
    var key = product.home().resolve("master.key");
    var kept = Files.move(key, product.home().resolve("kept.key"));
    assertThat(run(product, 2, "", "serve")).contains("master.key is missing");
    assertThat(run(product, 1, "", "secrets", "rotate")).contains("master.key is missing");
    assertThat(key).doesNotExist();
    Files.move(kept, key);
    product.start();
    assertServed(product);
  }

  private static void guarded(Api api) {
    var tool = Api.object().put("name", "guarded").put("description", "Needs a token");
    tool.put("tool_type", "api_endpoint").putObject("parameters_schema").put("type", "object");
    tool.putObject("implementation")
        .put("url", SINK.baseUrl() + "/guarded")
        .put("method", "POST")
        .putObject("auth")
        .put("type", "bearer")
        .put("token", TOKEN);
    api.post("/agents/tools/create", tool).ok();
  }

  private static void assertServed(Product product) {
    var before = SINK.effects().size();
    assertThat(product.api().test("guarded", Api.object()).ok().path("success").asBoolean())
        .isTrue();
    assertThat(SINK.effects().subList(before, SINK.effects().size()))
        .singleElement()
        .satisfies(effect ->
            assertThat(effect.headers()).containsEntry("authorization", "Bearer " + TOKEN));
  }

  /// What the launcher prints before it ends with this code.
  ///
  /// @param failpoint where it kills itself; empty for nowhere
  private static String run(Product product, int code, String failpoint, String... words)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(Product.directory().resolve("toolwright").toString()));
    command.addAll(List.of(words));
    command.addAll(List.of("--home", product.home().toString()));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("TOOLWRIGHT_"));
    builder
        .environment()
        .putAll(
            failpoint.isEmpty()
                ? Map.of("TOOLWRIGHT_PORT", "0")
                : Map.of("TOOLWRIGHT_FAILPOINT", failpoint));
    var process = builder.start();
    process.getOutputStream().close();
    var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isEqualTo(code);
    return printed;
  }
}
