package dev.toolwright.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  private static final String CANARY = "sk-canary/\"ä\\ {#+%&€😀";

  private final Redaction redaction = Redaction.of(List.of(Secret.of(CANARY)));

  @Test
  void the_plain_value_is_masked_wherever_it_stands() {
    assertThat(redaction.text("a " + CANARY + CANARY + " b " + CANARY)).isEqualTo("a *** b ***");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "u", "us", "user:", "someone@example.test:"})
  void base64_is_masked_at_every_alignment(String before) {
    for (var after : List.of("", "x", "xy", "xyz")) {
      var data = (before + CANARY + after).getBytes(StandardCharsets.UTF_8);
      assertNothingLeft(Base64.getEncoder().encodeToString(data));
      assertNothingLeft(Base64.getUrlEncoder().withoutPadding().encodeToString(data));
    }
  }

  @Test
  void hex_is_masked_in_both_cases() {
    var bytes = CANARY.getBytes(StandardCharsets.UTF_8);
    assertThat(redaction.text("x" + HexFormat.of().formatHex(bytes))).isEqualTo("x***");
    assertThat(redaction.text(HexFormat.of().withUpperCase().formatHex(bytes))).isEqualTo("***");
  }

  @Test
  void percent_encoding_is_masked_however_much_is_encoded() {
    var form = URLEncoder.encode(CANARY, StandardCharsets.UTF_8);
    var all = HexFormat.of().withPrefix("%").formatHex(CANARY.getBytes(StandardCharsets.UTF_8));
    assertThat(redaction.text("?key=" + form + "&b=1")).isEqualTo("?key=***&b=1");
    assertThat(redaction.text(form.replace("+", "%20").replace("%2F", "/"))).isEqualTo("***");
    assertThat(redaction.text(all)).isEqualTo("***");
    assertThat(redaction.text(CANARY.replace("%", "%25"))).isEqualTo("***");
  }

  @Test
  void json_escapes_are_masked_however_much_is_escaped() {
    var plain = Json.write(CANARY);
    var all = CANARY.chars().mapToObj("\\u%04X"::formatted).collect(Collectors.joining());
    assertThat(redaction.text(plain)).isEqualTo("\"***\"");
    assertThat(redaction.text(plain.replace("/", "\\/"))).isEqualTo("\"***\"");
    assertThat(redaction.text(all)).isEqualTo("***");
    assertThat(redaction.text(all.toLowerCase(Locale.ROOT))).isEqualTo("***");
  }

  @Test
  void escapes_within_escapes_are_masked() {
    var json = Json.write(CANARY);
    var inJson = Json.write(Json.object().put("message", "{\"key\":" + json + "}"));
    assertThat(redaction.text(inJson)).isEqualTo("{\"message\":\"{\\\"key\\\":\\\"***\\\"}\"}");
    var inUrl = URLEncoder.encode(json, StandardCharsets.UTF_8);
    assertThat(redaction.text("/x?body=" + inUrl)).isEqualTo("/x?body=%22***%22");
    var twice = URLEncoder.encode(inUrl, StandardCharsets.UTF_8);
    assertThat(redaction.text(twice)).isEqualTo("%2522***%2522");
    var base64 = Base64.getEncoder().encodeToString(CANARY.getBytes(StandardCharsets.UTF_8));
    assertNothingLeft(URLEncoder.encode(base64, StandardCharsets.UTF_8));
    assertNothingLeft(base64.replace("/", "\\/"));
  }

  @Test
  void each_of_thousands_of_secrets_is_found_and_nothing_else() {
    var all = IntStream.range(0, 5_000).mapToObj("sk-live-%08d-canary"::formatted).toList();
    var redaction = Redaction.of(all.stream().map(Secret::of).toList());
    for (var secret : all) {
      assertThat(redaction.text("GET /x?key=" + secret + "&n=1")).isEqualTo("GET /x?key=***&n=1");
    }
    var harmless = "sk-live-00005000-canary sk-live-0000499-canary";
    assertThat(redaction.text(harmless)).isSameAs(harmless);
  }

  @Test
  void short_secrets_are_masked_too() {
    var redaction = Redaction.of(List.of(Secret.of("p4ss"), Secret.of("pässw")));
    assertThat(redaction.text("user:p4ss")).isEqualTo("user:***");
    assertThat(redaction.text("?p=p%c3%a4ssw&q=p4s")).isEqualTo("?p=***&q=p4s");
    assertThat(redaction.text("70347373")).isEqualTo("***");
  }

  @Test
  void json_is_redacted_in_values_names_and_numbers() throws MalformedJson {
    var redaction = Redaction.of(List.of(Secret.of("12345678")));
    var node = Json.parse("{\"a\":[\"x12345678\",123456789,true,null],\"12345678\":1,\"b\":{}}");
    assertThat(redaction.json(node).toString())
        .isEqualTo("{\"a\":[\"x***\",\"***9\",true,null],\"***\":1,\"b\":{}}");
    assertThat(node.toString()).as("the given node").contains("12345678");
  }

  @Test
  void what_holds_no_secret_stays_the_same_object() throws MalformedJson {
    var node = Json.parse("{\"a\":[1,\"two\",{\"b\":\"%20+\\\\\"}]}");
    assertThat(redaction.json(node)).isSameAs(node);
    var text = "nothing here, 100% sure \\o/ +1";
    assertThat(redaction.text(text)).isSameAs(text);
    assertThat(Redaction.none().text(text)).isSameAs(text);
  }

  @Test
  void values_shorter_than_four_characters_stay() {
    var redaction = Redaction.of(List.of(Secret.of("abc"), Secret.of("")));
    assertThat(redaction.text("abc")).isEqualTo("abc");
  }

  @Test
  void secrets_that_overlap_leave_no_rest() {
    var redaction = Redaction.of(List.of(Secret.of("abcdef"), Secret.of("defghi")));
    assertThat(redaction.text("xabcdefghix abcdefghi")).isEqualTo("x***x ***");
    assertThat(Redaction.of(List.of(Secret.of("aaaa"))).text("aaaaaaa")).isEqualTo("***");
  }

  @Test
  void a_redaction_does_not_show_its_secrets() {
    assertThat(redaction.toString()).isEqualTo("redaction of secrets");
    assertThat(Redaction.none()).hasToString("redaction of nothing");
  }

  /// Up to two digits on either side mix the value with its neighbours and may stay.
  private void assertNothingLeft(String encoded) {
    var clean = redaction.text(encoded);
    assertThat(clean).contains("***");
    var secret = CANARY.getBytes(StandardCharsets.UTF_8);
    assertThat(clean.length()).isLessThanOrEqualTo(encoded.length() - secret.length * 8 / 6 + 6);
  }
}
