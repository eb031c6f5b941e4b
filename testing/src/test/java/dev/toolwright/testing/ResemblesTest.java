package dev.toolwright.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class ResemblesTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static List<String> faults(String example, String actual) {
    return Resembles.faults(
        JSON.readTree(example.replace('\'', '"')), JSON.readTree(actual.replace('\'', '"')), true);
  }

  @Test
  void fields_and_values_must_be_the_same() {
    assertThat(faults("{'a':1,'b':'x'}", "{'b':'x','a':1.0}")).isEmpty();
    assertThat(faults("{'a':1}", "{'a':2}")).containsExactly("/a is 2 and not 1");
    assertThat(faults("{'a':'1'}", "{'a':1}")).hasSize(1);
    assertThat(faults("{'a':1}", "{'a':1,'b':1}")).hasSize(1);
    assertThat(faults("{'a':1,'b':1}", "{'a':1}")).hasSize(1);
    assertThat(faults("{'a':{'b':true}}", "{'a':{'b':false}}"))
        .containsExactly("/a/b is false and not true");
  }

  @Test
  void what_varies_can_be_left_open() {
    assertThat(faults("{'id':'job_…'}", "{'id':'job_1'}")).isEmpty();
    assertThat(faults("{'id':'job_…'}", "{'id':'run_1'}")).hasSize(1);
    assertThat(faults("{'at':'2026-11-20T10:00:00Z'}", "{'at':'2027-01-01T00:00:00Z'}")).isEmpty();
    assertThat(faults("{'at':'2026-11-20T10:00:00Z'}", "{'at':'soon'}")).hasSize(1);
    assertThat(faults("{'n':'…','o':null,'p':{}}", "{'n':3,'o':4,'p':{'q':5}}")).isEmpty();
    assertThat(faults("{'a':1,'…':'…'}", "{'a':1,'b':2}")).isEmpty();
    assertThat(faults("{'a':1,'…':'…'}", "{'b':2}")).hasSize(1);
  }

  @Test
  void a_list_must_contain_what_the_example_shows() {
    assertThat(faults("[{'a':1}]", "[{'a':2},{'a':1}]")).isEmpty();
    assertThat(faults("[{'a':1}]", "[{'a':2}]")).hasSize(1);
    assertThat(faults("[{'a':1}]", "[]")).hasSize(1);
  }
}
