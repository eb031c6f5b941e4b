package dev.toolwright.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MasterKeyTest {
  private static final byte[] PLAIN = "sk-canary-1".getBytes(StandardCharsets.UTF_8);
  private static final byte[] HERE = MasterKey.place("ws_1", "cred_1", "1");

  private final MasterKey key = MasterKey.generate();

  @Test
  void what_was_sealed_opens_in_its_place() {
    var sealed = key.seal(PLAIN, HERE);
    assertThat(key.open(sealed, HERE)).hasValue(PLAIN);
    assertThat(MasterKey.parse(key.text()).orElseThrow().open(sealed, HERE)).hasValue(PLAIN);
  }

  @Test
  void the_same_value_never_looks_the_same_twice() {
    var one = key.seal(PLAIN, HERE);
    var two = key.seal(PLAIN, HERE);
    assertThat(one.nonce()).hasSize(12).isNotEqualTo(two.nonce());
    assertThat(one.ciphertext()).isNotEqualTo(two.ciphertext()).hasSize(PLAIN.length + 16);
  }

  @Test
  void another_workspace_id_or_version_does_not_open_it() {
    var sealed = key.seal(PLAIN, HERE);
    assertThat(key.open(sealed, MasterKey.place("ws_2", "cred_1", "1"))).isEmpty();
    assertThat(key.open(sealed, MasterKey.place("ws_1", "cred_2", "1"))).isEmpty();
    assertThat(key.open(sealed, MasterKey.place("ws_1", "cred_1", "2"))).isEmpty();
    assertThat(key.open(sealed, MasterKey.place("ws_1c", "red_1", "1"))).isEmpty();
  }

  @Test
  void no_flipped_bit_goes_unnoticed() {
    var sealed = key.seal(PLAIN, HERE);
    for (var bit = 0; bit < sealed.ciphertext().length * 8; bit++) {
      assertThat(key.open(flipped(sealed, bit), HERE)).as("bit %s", bit).isEmpty();
    }
    var cut = new MasterKey.Sealed(sealed.keyId(), sealed.nonce(), new byte[3]);
    assertThat(key.open(cut, HERE)).isEmpty();
  }

  @Test
  void another_key_does_not_open_it_even_under_the_same_name() {
    var sealed = key.seal(PLAIN, HERE);
    var other = MasterKey.generate();
    var renamed = new MasterKey.Sealed(other.id(), sealed.nonce(), sealed.ciphertext());
    assertThat(other.open(sealed, HERE)).isEmpty();
    assertThat(other.open(renamed, HERE)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "zz", "0000000000000000000000000000000000000000"})
  void a_text_that_is_no_key_is_none(String text) {
    assertThat(MasterKey.parse(text)).isEmpty();
  }

  @Test
  void a_key_does_not_show_itself() {
    assertThat(key.toString()).isEqualTo("master key " + key.id()).doesNotContain(key.text());
  }

  private static MasterKey.Sealed flipped(MasterKey.Sealed sealed, int bit) {
    var ciphertext = sealed.ciphertext().clone();
    ciphertext[bit / 8] ^= (byte) (1 << bit % 8);
    return new MasterKey.Sealed(sealed.keyId(), sealed.nonce(), ciphertext);
  }
}
