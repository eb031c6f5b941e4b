package dev.toolwright.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.json.Schemas.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class SchemasTest {
  private final Schemas schemas = new Schemas();

  private static ObjectNode json(String text) {
    return (ObjectNode) Json.stored(text.replace('\'', '"'));
  }

  private List<Fault> faults(String schema) {
    return schemas.faultsOf(json(schema));
  }

  @Test
  void faults_of_a_schema_say_where() {
    assertThat(faults("{'type':'object'}")).isEmpty();
    assertThat(faults("{}")).extracting(Fault::path).contains("type");
    assertThat(faults("{'type':'object','properties':{'a':{'type':'strng'}}}"))
        .extracting(Fault::path)
        .contains("properties.a.type");
    assertThat(faults("{'type':'object','properties':{'a':{'pattern':'(?=x)'}}}"))
        .containsExactly(
            new Fault("properties.a.pattern", "must be a regular expression in RE2 syntax"));
    assertThat(faults("{'type':'object','required':'a'}"))
        .extracting(Fault::path)
        .contains("required");
  }

  @Test
  void a_word_is_a_keyword_only_where_a_schema_stands() {
    var elsewhere = "must stay inside this schema (start with #)";
    for (var property : List.of("default", "examples", "enum", "const", "pattern", "$ref")) {
      assertThat(
              faults(
                  "{'type':'object','properties':{'%s':{'$ref':'http://x.test/'}}}"
                      .formatted(property)))
          .containsExactly(new Fault("properties." + property + ".$ref", elsewhere));
    }
    assertThat(faults("{'type':'object','properties':{'a':{'$dynamicRef':'http://x.test/'}}}"))
        .containsExactly(new Fault("properties.a.$dynamicRef", elsewhere));
    assertThat(faults("{'type':'object','patternProperties':{'(?=a)':{}}}"))
        .containsExactly(
            new Fault("patternProperties.(?=a)", "must be a regular expression in RE2 syntax"));
    assertThat(
            faults(
                "{'type':'object','default':{'$ref':'http://x.test/','pattern':'(?=a)'},"
                    + "'properties':{'pattern':{'type':'string'},'a':{'enum':[{'pattern':'('}]}}}"))
        .isEmpty();
  }

  @Test
  void faults_of_a_value_say_where() {
    var schema =
        json(
            "{'type':'object','required':['a'],'additionalProperties':false,'properties':{'a':{},"
                + "'l':{'type':'array','items':{'type':'object','properties':{'n':{'type':'integer'}}}}}}");
    assertThat(schemas.check(schema, json("{'l':[{'n':1},{'n':'x'}],'z':1}")))
        .extracting(Fault::path)
        .containsExactlyInAnyOrder("a", "l[1].n", "z");
    assertThat(schemas.check(schema, json("{'a':1}"))).isEmpty();
  }

  @Test
  void nothing_is_ever_fetched() {
    try (var remote = new Remote()) {
      remote.at("/s", 200, "{\"type\":\"object\"}");
      var url = remote.url() + "/s";
      for (var schema :
          List.of(
              "{'type':'object','properties':{'a':{'$ref':'URL'}}}",
              "{'type':'object','properties':{'default':{'$ref':'URL'}}}",
              "{'type':'object','properties':{'a':{'$dynamicRef':'URL'}}}",
              "{'type':'object','$schema':'URL'}",
              "{'type':'object','$id':'URL','properties':{'a':{'$ref':'#/x'}}}",
              "{'type':'object','$id':'URL','properties':{'a':{'$ref':'#/$defs/b'}},'$defs':{'b':{'$ref':'other'}}}")) {
        var node = json(schema.replace("URL", url));
        if (schemas.faultsOf(node).isEmpty()) {
          assertThat(schemas.check(node, json("{'a':1,'default':1}"))).as(schema).isNotNull();
        }
      }
      assertThat(remote.count()).isZero();
    }
  }

  @Test
  void a_schema_that_leads_to_itself_ends_all_the_same() {
    assertThat(faults("{'type':'object','$ref':'#'}")).isNotEmpty();
    var hidden = json("{'type':'object','properties':{'a':{'$ref':'#/properties/a'}}}");
    assertThat(schemas.check(hidden, json("{'a':1}"))).hasSize(1);
    assertThat(schemas.check(hidden, json("{'b':1}"))).isEmpty();
    var tree = json("{'type':'object','properties':{'child':{'$ref':'#'},'n':{'type':'integer'}}}");
    assertThat(schemas.faultsOf(tree)).isEmpty();
    assertThat(schemas.check(tree, json("{'child':{'child':{'n':'x'}}}")))
        .extracting(Fault::path)
        .containsExactly("child.child.n");
  }
}
