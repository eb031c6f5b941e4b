package dev.toolwright;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/// A secret that a test plants, and the ways in which it could be written somewhere. Written apart
/// from the product's own search on purpose: each checks the other.
record Canary(String value) {
  static Canary fresh() {
    return new Canary("sk-canary/" + UUID.randomUUID() + "+\"%20\\&");
  }

  /// Every form of it that `text` holds.
  List<String> in(String text) {
    return forms().stream().filter(text::contains).toList();
  }

  /// @param where for the message
  void assertNotIn(String where, String text) {
    var at = forms().stream().mapToInt(text::indexOf).filter(i -> i >= 0).findFirst().orElse(-1);
    var excerpt =
        at < 0 ? "" : text.substring(Math.max(0, at - 200), Math.min(text.length(), at + 300));
    assertThat(in(text)).as("%s: %s", where, excerpt).isEmpty();
  }

  List<String> forms() {
    var bytes = value.getBytes(StandardCharsets.UTF_8);
    var forms = new ArrayList<String>();
    forms.add(value);
    forms.add(value.replace("\\", "\\\\").replace("\"", "\\\""));
    forms.add(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("/", "\\/"));
    var form = URLEncoder.encode(value, StandardCharsets.UTF_8);
    forms.add(form);
    forms.add(form.replace("%2F", "/"));
    forms.add(HexFormat.of().formatHex(bytes));
    forms.add(HexFormat.of().withUpperCase().formatHex(bytes));
    forms.add(HexFormat.of().withPrefix("%").formatHex(bytes));
    forms.add(HexFormat.of().withUpperCase().withPrefix("%").formatHex(bytes));
    var unicode = new StringBuilder();
    value.chars().forEach(c -> unicode.append("\\u%04x".formatted(c)));
    forms.add(unicode.toString());
    for (var before = 0; before < 3; before++) {
      var data = ("x".repeat(before) + value).getBytes(StandardCharsets.UTF_8);
      for (var encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
        var digits = encoder.withoutPadding().encodeToString(data);
        forms.add(digits.substring(before == 0 ? 0 : 4, digits.length() - 4));
      }
    }
    return forms;
  }
}
