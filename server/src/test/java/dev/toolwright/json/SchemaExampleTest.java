package dev.toolwright.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaExampleTest {
  private static final SchemaRegistry SCHEMAS =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'object'}",
        "{'type':'object','required':['a','b'],'properties':{'a':{'type':'string'},'b':{'type':'integer'},'c':{'type':'string'}}}",
        "{'type':'object','required':['undeclared']}",
        "{'type':'object','required':['x'],'additionalProperties':{'type':'integer'}}",
        "{'type':'object','minProperties':1,'properties':{'a':{'type':'boolean'}}}",
        "{'type':'string','minLength':20}",
        "{'type':'string','minLength':2,'maxLength':2}",
        "{'type':'string','maxLength':0}",
        "{'enum':['red','green']}",
        "{'const':{'a':[1]}}",
        "{'type':'integer','minimum':3.2}",
        "{'type':'integer','maximum':-1.5}",
        "{'type':'integer','exclusiveMinimum':5,'multipleOf':7}",
        "{'type':'integer','exclusiveMaximum':0}",
        "{'type':'number','exclusiveMinimum':0,'maximum':0.5}",
        "{'type':'number','exclusiveMinimum':0,'exclusiveMaximum':1}",
        "{'type':'number','minimum':-4,'exclusiveMaximum':-3}",
        "{'type':'number','multipleOf':0.25,'minimum':0.3}",
        "{'type':['null','integer'],'minimum':1}",
        "{'type':['null']}",
        "{'type':'null'}",
        "{'type':'array','minItems':2,'items':{'type':'integer'}}",
        "{'type':'array','minItems':3,'uniqueItems':true,'items':{'type':'string'}}",
        "{'type':'array','minItems':2,'uniqueItems':true,'items':{'enum':['a','b']}}",
        "{'type':'array','minItems':2,'uniqueItems':true,'items':{'type':'number'}}",
        "{'type':'array','minItems':2,'prefixItems':[{'type':'string'},{'type':'null'}]}",
        "{'type':'array','contains':{'const':7}}",
        "{'$ref':'#/$defs/p','$defs':{'p':{'type':'object','required':['n'],'properties':{'n':{'$ref':'#/$defs/n'}}},'n':{'type':'integer','minimum':9}}}",
        "{'type':'object','required':['tree'],'properties':{'tree':{'$ref':'#/$defs/t'}},'$defs':{'t':{'type':'object','properties':{'next':{'$ref':'#/$defs/t'}}}}}",
        "{'allOf':[{'type':'object','required':['a'],'properties':{'a':{'type':'integer'}}},{'required':['b'],'properties':{'b':{'type':'boolean'}}}]}",
        "{'type':'object','required':['v'],'properties':{'v':{'anyOf':[{'type':'null'},{'type':'integer','minimum':2}]}}}",
        "{'oneOf':[{'type':'integer'},{'type':'string'}]}",
        "{'type':'object','required':['a'],'properties':{'a':{'type':'integer'}},'allOf':[{'properties':{'a':{'minimum':5}}}]}"
      })
  void an_example_satisfies_its_schema(String text) throws MalformedJson {
    var schema = Json.parse(text.replace('\'', '"'));

    var example = SchemaExample.of(schema);

    assertThat(SCHEMAS.getSchema(schema).validate(example)).as("%s", example).isEmpty();
    assertThat(SchemaExample.of(schema)).isEqualTo(example);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "date",
        "date-time",
        "time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uuid",
        "json-pointer",
        "regex"
      })
  void a_format_is_met(String format) throws MalformedJson {
    var schema = Json.object().put("type", "string").put("format", format);
    var errors =
        SCHEMAS
            .getSchema(schema)
            .validate(
                SchemaExample.of(schema),
                context -> context.executionConfig(c -> c.formatAssertionsEnabled(true)));

    assertThat(errors).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^[A-Z]{3}-\\d{4}$",
        "^(usd|eur)$",
        "^\\+?[0-9]{7,15}$",
        "^[a-zA-Z][a-zA-Z0-9_-]{0,63}$",
        "^\\w+@\\w+\\.com$",
        "abc",
        "^[^a-z]{2}$",
        "^(?:a|b)+(c{2,3})?$",
        "^#[0-9a-fA-F]{6}$"
      })
  void a_common_pattern_is_met(String pattern) {
    var schema = Json.object().put("type", "string").put("pattern", pattern);

    var example = SchemaExample.of(schema);

    assertThat(SCHEMAS.getSchema(schema).validate(example)).as("%s", example).isEmpty();
  }

  @Test
  void a_given_default_wins_over_a_made_up_value() throws MalformedJson {
    var schema =
        Json.parse(
            """
            {"type":"object","required":["unit","city"],"properties":{
              "unit":{"type":"string","default":"celsius"},
              "city":{"type":"string","examples":["Oslo"]}}}
            """);

    assertThat(SchemaExample.of(schema).toString())
        .isEqualTo("{\"unit\":\"celsius\",\"city\":\"Oslo\"}");
  }

  @Test
  void endless_and_senseless_schemas_still_get_an_example() throws MalformedJson {
    var endless =
        Json.parse(
            "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"$ref\":\"#\"}}}");

    assertThat(SchemaExample.of(endless).isObject()).isTrue();
    assertThat(SchemaExample.of(Json.parse("{\"$ref\":\"#\"}")).isNull()).isFalse();
    assertThat(SchemaExample.of(Json.parse("true")).isObject()).isTrue();
    assertThat(SchemaExample.of(Json.parse("{\"type\":\"array\",\"minItems\":2000000000}")).size())
        .isEqualTo(32);
  }

  @Test
  void a_schema_that_branches_into_itself_is_cut_short() {
    var spreading = Json.object().put("type", "object");
    for (var i = 0; i < 20; i++) {
      spreading.withArray("required").add("p" + i);
      spreading.withObject("properties").putObject("p" + i).put("$ref", "#");
    }

    assertThat(Json.write(SchemaExample.of(spreading)).length()).isLessThan(20_000);
  }

  @Test
  void a_pattern_that_cannot_be_made_up_falls_back_to_plain_text() {
    for (var pattern :
        new String[] {"(".repeat(900), "(?=a)b", "x{900}y{900}", "a".repeat(5_000)}) {
      assertThat(
              SchemaExample.of(Json.object().put("type", "string").put("pattern", pattern))
                  .asString())
          .isEqualTo("text");
    }
  }
}
