package dev.toolwright.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class ArgumentsTest {
  private static ObjectNode json(String text) {
    return (ObjectNode) Json.stored(text.replace('`', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{`type`:`integer`}                    | {`x`:`5`}       | {`x`:5}",
        "{`type`:`integer`}                    | {`x`:`5.5`}     | {`x`:`5.5`}",
        "{`type`:`integer`}                    | {`x`:`five`}    | {`x`:`five`}",
        "{`type`:`number`}                     | {`x`:` 5.5 `}   | {`x`:5.5}",
        "{`type`:`boolean`}                    | {`x`:`true`}    | {`x`:true}",
        "{`type`:`boolean`}                    | {`x`:1}         | {`x`:1}",
        "{`type`:`string`}                     | {`x`:5}         | {`x`:`5`}",
        "{`type`:`string`}                     | {`x`:true}      | {`x`:`true`}",
        "{`type`:`string`}                     | {`x`:{}}        | {`x`:{}}",
        "{`type`:[`string`,`null`]}            | {`x`:null}      | {`x`:null}",
        "{`type`:`string`}                     | {`x`:null}      | {}",
        "{`type`:`string`,`default`:`d`}       | {`x`:null}      | {`x`:`d`}",
        "{`type`:`string`,`default`:`d`}       | {}              | {`x`:`d`}",
        "{`type`:`array`}                      | {`x`:`[1, 2]`}  | {`x`:[1,2]}",
        "{`type`:`array`,`items`:{`type`:`integer`}} | {`x`:[`1`,2]} | {`x`:[1,2]}",
        "{`type`:`object`,`properties`:{`y`:{`default`:1}}} | {`x`:{}} | {`x`:{`y`:1}}",
        "{`type`:`object`,`properties`:{`y`:{`type`:`integer`}}} | {`x`:`{\\`y\\`:\\`1\\`}`} | {`x`:{`y`:1}}",
        "true                                  | {`x`:`5`}       | {`x`:`5`}",
      })
  void a_value_is_fitted_where_its_meaning_is_beyond_doubt(
      String property, String given, String expected) {
    var schema = Json.object().put("type", "object");
    schema.putObject("properties").set("x", Json.stored(property.strip().replace('`', '"')));
    assertThat(Arguments.fit(schema, json(given.strip()))).isEqualTo(json(expected.strip()));
  }

  @Test
  void a_required_null_is_left_for_the_schema_to_judge_and_the_given_object_stays_as_it_was() {
    var schema = json("{`type`:`object`,`required`:[`x`],`properties`:{`x`:{`type`:`string`}}}");
    var given = json("{`x`:null,`y`:`kept`}");
    assertThat(Arguments.fit(schema, given)).isEqualTo(json("{`x`:null,`y`:`kept`}"));
    assertThat(given).isEqualTo(json("{`x`:null,`y`:`kept`}"));
  }
}
