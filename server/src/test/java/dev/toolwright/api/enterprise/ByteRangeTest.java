package dev.toolwright.api.enterprise;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ByteRangeTest {
  @Test
  void one_range_is_read_within_the_size() {
    assertThat(ByteRange.of("bytes=0-99", 500)).contains(new ByteRange(0, 99));
    assertThat(ByteRange.of("bytes=400-999", 500)).contains(new ByteRange(400, 499));
    assertThat(ByteRange.of("bytes=490-", 500)).contains(new ByteRange(490, 499));
    assertThat(ByteRange.of("bytes=-10", 500)).contains(new ByteRange(490, 499));
    assertThat(ByteRange.of("bytes=-900", 500)).contains(new ByteRange(0, 499));
  }

  @Test
  void a_range_beyond_the_end_is_empty() {
    for (var header : new String[] {"bytes=500-", "bytes=999999999999999999-", "bytes=-0"}) {
      assertThat(ByteRange.of(header, 500).orElseThrow().isEmpty()).as(header).isTrue();
    }
  }

  @Test
  void anything_else_is_ignored() {
    for (var header :
        new String[] {
          "",
          "bytes=",
          "bytes=-",
          "bytes=5-4",
          "bytes=0-1,3-4",
          "lines=0-1",
          "bytes=a-b",
          "bytes= 0-1"
        }) {
      assertThat(ByteRange.of(header, 500)).as(header).isEmpty();
    }
  }
}
