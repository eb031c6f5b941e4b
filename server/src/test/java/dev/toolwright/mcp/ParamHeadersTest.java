package dev.toolwright.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.json.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class ParamHeadersTest {
  private static ObjectNode json(String text) {
    return (ObjectNode) Json.stored(text.replace('\'', '"'));
  }

  private static ObjectNode schema(String properties) {
    return json("{'type':'object','properties':{" + properties + "}}");
  }

  @Test
  void arguments_go_into_headers_wherever_properties_lead_and_what_is_absent_does_not() {
    var schema =
        schema(
            "'region':{'type':'string','x-mcp-header':'Region'},"
                + "'deep':{'type':'object','properties':{'n':{'type':['integer','null'],'x-mcp-header':'Count'}}},"
                + "'on':{'type':'boolean','x-mcp-header':'On'},'no':{'type':'string','x-mcp-header':'No'},"
                + "'query':{'type':'string','default':{'x-mcp-header':'Data'}}");
    assertThat(ParamHeaders.fault(schema)).isNull();
    assertThat(
            ParamHeaders.of(
                schema, json("{'region':'eu','deep':{'n':42},'on':false,'no':null,'query':'q'}")))
        .isEqualTo(
            Map.of("Mcp-Param-Region", "eu", "Mcp-Param-Count", "42", "Mcp-Param-On", "false"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "us west 1,us west 1",
        "\"\",\"\"",
        " padded ,=?base64?IHBhZGRlZCA=?=",
        "Grüße,=?base64?R3LDvMOfZQ==?=",
        "=?base64?eA==?=,=?base64?PT9iYXNlNjQ/ZUE9PT89?="
      })
  void a_value_that_cannot_stand_in_a_header_is_encoded(String value, String sent) throws McpError {
    assertThat(ParamHeaders.encoded(value)).isEqualTo(sent);
    assertThat(ParamHeaders.decoded(sent, "X")).isEqualTo(value);
  }

  @Test
  void a_line_break_is_encoded_too() {
    assertThat(ParamHeaders.encoded("a\r\nX-Evil: 1")).startsWith("=?base64?");
    assertThat(ParamHeaders.encoded("a\n")).startsWith("=?base64?");
    assertThat(ParamHeaders.encoded("\ta")).startsWith("=?base64?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'a':{'type':'string','x-mcp-header':''}",
        "'a':{'type':'string','x-mcp-header':7}",
        "'a':{'type':'string','x-mcp-header':'a b'}",
        "'a':{'type':'string','x-mcp-header':'Region:Primary'}",
        "'a':{'type':'string','x-mcp-header':'Région'}",
        "'a':{'type':'string','x-mcp-header':'Region\\r\\nAuthorization'}",
        "'a':{'type':'number','x-mcp-header':'A'}",
        "'a':{'type':'null','x-mcp-header':'A'}",
        "'a':{'x-mcp-header':'A'}",
        "'a':{'type':'object','x-mcp-header':'A'}",
        "'a':{'type':['string','array'],'x-mcp-header':'A'}",
        "'a':{'type':'string','x-mcp-header':'Same'},'b':{'type':'string','x-mcp-header':'same'}",
        "'a':{'type':'array','items':{'type':'string','x-mcp-header':'A'}}",
        "'a':{'anyOf':[{'type':'string','x-mcp-header':'A'}]}",
        "'a':{'type':'object','additionalProperties':{'type':'string','x-mcp-header':'A'}}",
        "'a':{'$ref':'#/$defs/a','$defs':{'a':{'type':'string','x-mcp-header':'A'}}}"
      })
  void a_schema_that_breaks_the_rules_has_a_fault(String properties) {
    assertThat(ParamHeaders.fault(schema(properties))).isNotNull();
  }

  @Test
  void numbers_agree_by_value_and_texts_by_letters() {
    var schema = schema("'n':{'type':'integer','x-mcp-header':'N'}");
    assertThatCode(() -> ParamHeaders.check(schema, json("{'n':42}"), _ -> "42.0"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> ParamHeaders.check(schema, json("{'n':42}"), _ -> "43"))
        .isInstanceOf(McpError.class);
    assertThatThrownBy(() -> ParamHeaders.check(schema, json("{'n':42}"), _ -> "x"))
        .isInstanceOf(McpError.class);
    assertThatThrownBy(() -> ParamHeaders.check(schema, json("{'n':42}"), _ -> null))
        .isInstanceOf(McpError.class);
    assertThatThrownBy(() -> ParamHeaders.check(schema, json("{}"), _ -> "42"))
        .isInstanceOf(McpError.class);
    assertThatCode(() -> ParamHeaders.check(schema, json("{'n':null}"), _ -> null))
        .doesNotThrowAnyException();
  }
}
