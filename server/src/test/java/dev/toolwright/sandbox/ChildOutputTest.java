package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChildOutputTest {
  private static final byte[] NONCE = new byte[16];

  private static byte[] record(char kind, int length, String body) {
    var bytes = body.getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(5 + bytes.length).put((byte) kind).putInt(length).put(bytes).array();
  }

  @Test
  void a_result_arrives_in_pieces_of_any_size() {
    var whole = record('R', 19, "\0".repeat(16) + "v42");
    var output = new ChildOutput(NONCE);
    assertThat(output.add(record('L', 3, "hi\n"))).isFalse();
    for (var i = 0; i < whole.length; i++) {
      assertThat(output.add(new byte[] {whole[i]})).isEqualTo(i == whole.length - 1);
    }
    assertThat(output.logs()).containsExactly("hi");
    assertThat(output.answer()).isNotNull();
  }

  @Test
  void a_wrong_nonce_length_or_letter_makes_it_forged() {
    for (var bytes :
        new byte[][] {
          record('R', 18, "x".repeat(16) + "v1"),
          record('R', 3, "v12"),
          record('R', 0, ""),
          record('R', Integer.MAX_VALUE, "x"),
          record('L', -1, "x"),
          record('L', 1 << 17, "x"),
          record('Z', 1, "x")
        }) {
      var output = new ChildOutput(NONCE);
      assertThat(output.add(bytes)).isTrue();
      assertThat(output.forged()).isTrue();
      assertThat(output.answer()).isNull();
    }
  }

  @Test
  void logs_beyond_their_limit_make_it_forged() {
    var output = new ChildOutput(NONCE);
    var chunk = record('L', 60_000, "x".repeat(60_000));
    assertThat(output.add(chunk)).isFalse();
    assertThat(output.add(chunk)).isTrue();
  }

  @Test
  void random_bytes_never_break_it() {
    var random = new Random(7);
    for (var round = 0; round < 2_000; round++) {
      var output = new ChildOutput(NONCE);
      for (var i = 0; i < 5; i++) {
        var bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        if (bytes.length > 4 && random.nextBoolean()) {
          bytes[0] = (byte) (random.nextBoolean() ? 'L' : 'R');
          bytes[1] = bytes[2] = bytes[3] = 0;
        }
        output.add(bytes);
      }
      assertThat(output.answer()).isNull();
      assertThat(output.logs()).isNotNull();
    }
  }
}
