package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class ToolSchemaTest {
  private static ObjectNode schema(String text) {
    return (ObjectNode) Json.stored(text.replace('\'', '"'));
  }

  @Test
  void a_schema_that_fits_is_passed_on_as_it_is() {
    var schema =
        schema(
            """
            {'$schema':'https://json-schema.org/draft/2020-12/schema','type':'object',
             'properties':{'a':{'anyOf':[{'type':'string'},{'type':'null'}]}},'x-own':1,
             'if':{'required':['a']},'then':{'minProperties':2}}
            """);

    assertThat(ToolSchema.fitted(schema)).isSameAs(schema);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{} | {'type':'object','properties':{}}",
        "{'type':'object','description':'d'} | {'type':'object','description':'d','properties':{}}",
        "{'allOf':[{'properties':{'a':{'type':'string'}},'required':['a']}]}"
            + " | {'type':'object','properties':{'a':{'type':'string'}},'required':['a']}",
        "{'oneOf':[{'properties':{'a':{'type':'string'}},'required':['a']},{'properties':{'a':{'type':'integer'},'b':{}}}]}"
            + " | {'type':'object','properties':{'a':{},'b':{}}}",
      })
  void a_schema_that_does_not_fit_is_widened(String given, String fitted) {
    assertThat(ToolSchema.fitted(schema(given))).isEqualTo(schema(fitted));
  }
}
