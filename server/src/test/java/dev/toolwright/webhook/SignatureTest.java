package dev.toolwright.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.vault.Secret;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SignatureTest {
  private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);

  // The published test vector of the specification's libraries.
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final String SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

  private static String signature(String secret) {
    return Signature.of(Secret.of(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", BODY);
  }

  @Test
  void a_signature_is_that_of_standard_webhooks() {
    assertThat(signature(SECRET)).isEqualTo(SIGNED);
  }

  @Test
  void two_secrets_sign_side_by_side_while_a_receiver_goes_over() {
    var next = "whsec_bmV4dCBzZWNyZXQgb2YgdGhlIHJlY2VpdmVy";
    assertThat(signature(next + " " + SECRET)).isEqualTo(signature(next) + " " + SIGNED);
  }

  @Test
  void a_secret_that_is_no_base64_or_holds_a_space_is_taken_as_it_is() {
    assertThat(signature("whsec_!")).startsWith("v1,").isNotEqualTo(signature("whsec_?"));
    assertThat(signature("whsec_")).startsWith("v1,");
    assertThat(signature("two words")).startsWith("v1,").doesNotContain(" ");
  }
}
