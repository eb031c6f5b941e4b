package dev.toolwright.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogRedactionTest {
  @Test
  void a_value_is_scrubbed_from_the_moment_it_is_a_secret() {
    assertThat(LogRedaction.text("value-made-a-secret-later"))
        .isEqualTo("value-made-a-secret-later");
    assertThat(Secret.of("value-made-a-secret-later")).hasToString("***");
    assertThat(LogRedaction.text("invalid header: Bearer value-made-a-secret-later!"))
        .isEqualTo("invalid header: Bearer ***!");
  }

  @Test
  void ordinary_words_stay() {
    assertThat(Secret.of("request")).hasToString("***");
    assertThat(LogRedaction.text("the request failed")).isEqualTo("the request failed");
  }

  @Test
  void the_oldest_are_forgotten_when_there_are_too_many_but_never_the_operators_own() {
    var known = new KnownSecrets(8, 10 * "value-number-00".length());
    known.keep("operators-own-key");
    IntStream.range(10, 20).forEach(i -> known.add("value-number-" + i));
    known.add("value-number-11");
    known.add("value-number-20");
    var text = known.redaction();
    assertThat(text.text("value-number-10")).isEqualTo("value-number-10");
    for (var secret : List.of("operators-own-key", "value-number-11", "value-number-20")) {
      assertThat(text.text(secret)).as(secret).isEqualTo("***");
    }
  }

  @Test
  void a_workspace_masks_its_own_long_secrets_and_nobody_elses() {
    var recent = new RecentSecrets();
    recent.add("ws_1", Secret.of("sk-canary-0123456789"));
    recent.add("ws_1", Secret.of("password-1"));
    assertThat(recent.redaction("ws_1").text("sk-canary-0123456789 password-1"))
        .isEqualTo("*** password-1");
    assertThat(recent.redaction("ws_2").text("sk-canary-0123456789"))
        .isEqualTo("sk-canary-0123456789");
  }
}
