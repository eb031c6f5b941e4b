package dev.toolwright.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ScriptedModelTest {
  private final ScriptedModel model = new ScriptedModel(0, "sk-1");
  private final Client client = new Client();

  @AfterEach
  void close() {
    client.close();
    model.close();
  }

  private HttpResponse<String> post(String body, String... headers) throws Exception {
    return client.post(URI.create(model.baseUrl() + "/chat/completions"), body, headers);
  }

  private HttpResponse<String> complete(String body) throws Exception {
    return post(
        body.replace('\'', '"'),
        "Content-Type",
        "application/json; charset=utf-8",
        "Authorization",
        "Bearer sk-1");
  }

  private static String user(String directions) {
    return "{'model':'m','messages':[{'role':'user','content':'"
        + directions.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
        + "'}]}";
  }

  private JsonNode choice(String directions) throws Exception {
    return Client.json(complete(user(directions))).path("choices").path(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[]                                                                        | object",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'instructions':1} | Unrecognized",
        "{'messages':[{'role':'user','content':'x'}]}                              | model",
        "{'model':'m'}                                                             | messages",
        "{'model':'m','messages':[]}                                               | messages",
        "{'model':'m','messages':[{'role':'boss','content':'x'}]}                  | Supported",
        "{'model':'m','messages':[{'role':'user'}]}                                | content",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'temperature':3}  | temperature",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'temperature':null} | temperature",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'stream':'yes'}   | boolean",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'stream_options':{'include_usage':true}} | only allowed",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'stream':true,'stream_options':{'usage':true}} | stream_options",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'stream':true,'stream_options':{'include_usage':1}} | stream_options",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'tools':[]}       | tools",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'tool_choice':'auto'} | tool_choice",
        "{'model':'m','messages':[{'role':'tool','tool_call_id':'c','content':'x'}]} | preceeding",
        "{'model':'m','messages':[{'role':'assistant','content':null}]}            | content",
        "{'model':'m','messages':[{'role':'assistant','tool_calls':[]}]}           | at least 1",
        "{'model':'m','messages':[{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}]}]} | following tool_call_ids",
        "{'model':'m','messages':[{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}]},{'role':'user','content':'x'}]} | following tool_call_ids",
        "{'model':'m','messages':[{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'nope'}}]}]} | JSON object",
        "{'model':'m','messages':[{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'a.b','arguments':'{}'}}]}]} | fits"
      })
  void a_request_that_breaks_the_rules_is_refused(String body, String reason) throws Exception {
    var response = complete(body);

    assertThat(response.statusCode()).isEqualTo(400);
    var error = Client.json(response).path("error");
    assertThat(error.path("message").asString() + error.path("param").asString()).contains(reason);
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
  }

  @ParameterizedTest
  @CsvSource({
    "a.b,object",
    "'',object",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,object",
    "fine,string",
    "fine,object",
    "fine,"
  })
  void a_tool_that_does_not_fit_is_refused(String name, String type) throws Exception {
    var tool =
        "{'type':'function','function':{'name':'%s','parameters':{'type':'%s'}}}"
            .formatted(name, type);

    assertThat(complete(user("SAY x").replace("}]}", "}],'tools':[" + tool + "]}")).statusCode())
        .isEqualTo(400);
  }

  @Test
  void a_call_answered_twice_is_refused() throws Exception {
    var call = "{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}";
    var answer = "{'role':'tool','tool_call_id':'c','content':'1'}";
    var history =
        "{'model':'m','messages':[{'role':'user','content':'CALL f {}\\n---\\nSAY done'},"
            + "{'role':'assistant','content':null,'tool_calls':[%s]},%s]}";

    assertThat(complete(history.formatted(call, answer)).statusCode()).isEqualTo(200);
    assertThat(complete(history.formatted(call, answer + "," + answer)).statusCode())
        .isEqualTo(400);
    assertThat(complete(history.formatted(call + "," + call, answer)).statusCode()).isEqualTo(400);
  }

  @Test
  void the_key_and_the_content_type_are_demanded() throws Exception {
    var body = user("SAY x").replace('\'', '"');

    assertThat(post(body, "Content-Type", "application/json").statusCode()).isEqualTo(401);
    assertThat(post(body, "Authorization", "Bearer sk-2").statusCode()).isEqualTo(401);
    assertThat(post(body, "Authorization", "Bearer sk-1").statusCode()).isEqualTo(415);
    assertThat(client.post(URI.create(model.baseUrl() + "/models"), "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void text_and_calls_may_come_together() throws Exception {
    var choice = choice("CALL f {\"x\": 1}\nCALL g\nSAY looking\nit up");

    assertThat(choice.path("finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(choice.path("message").path("content").asString()).isEqualTo("looking\nit up");
    assertThat(choice.path("message").path("tool_calls").size()).isEqualTo(2);
  }

  private static String streaming(String directions, boolean usage) {
    return user(directions)
        .replace(
            "{'model'", "{'stream':true,'stream_options':{'include_usage':" + usage + "},'model'");
  }

  private static List<JsonNode> chunks(HttpResponse<String> response) {
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    var events = List.of(response.body().split("\n\n", -1));
    assertThat(events.getLast()).isEmpty();
    assertThat(events.get(events.size() - 2)).isEqualTo("data: [DONE]");
    return events.subList(0, events.size() - 2).stream()
        .map(event -> FixtureServer.JSON.readTree(event.substring("data: ".length())))
        .toList();
  }

  @Test
  void a_stream_has_the_chunks_of_the_provider() throws Exception {
    var chunks =
        chunks(complete(streaming("CALL f {\"x\": 1}\nCALL g\nUSAGE 3 4\nSAY lookup", true)));

    assertThat(chunks).allMatch(c -> c.path("object").asString().equals("chat.completion.chunk"));
    assertThat(chunks.getFirst().at("/choices/0/delta/role").asString()).isEqualTo("assistant");
    assertThat(chunks.stream().map(c -> c.at("/choices/0/delta/content").asString("")))
        .containsSequence("", "looku", "p");
    assertThat(chunks.stream().map(c -> c.at("/choices/0/delta/tool_calls/0")))
        .filteredOn(call -> !call.isMissingNode())
        .extracting(
            call -> call.path("index").intValue() + call.at("/function/arguments").asString())
        .containsExactly("0", "0{\"x\":", "0 1}", "1", "1{}");
    var usage = chunks.getLast();
    assertThat(usage.path("choices").isEmpty()).isTrue();
    assertThat(usage.at("/usage/total_tokens").intValue()).isEqualTo(7);
    assertThat(chunks.subList(0, chunks.size() - 1)).allMatch(c -> c.path("usage").isNull());
    assertThat(chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").asString())
        .isEqualTo("tool_calls");
    assertThat(chunks(complete(streaming("SAY x", false)))).noneMatch(c -> c.has("usage"));
  }

  @Test
  void a_stream_can_go_wrong_in_every_way() throws Exception {
    assertThatThrownBy(() -> complete(streaming("CUT\nSAY x", true)))
        .isInstanceOf(IOException.class);
    assertThat(complete(streaming("END\nSAY some text", true)).body()).doesNotContain("[DONE]");
    assertThat(complete(streaming("BREAK 500\nSAY some text", true)).body())
        .endsWith("}}\n\n")
        .contains("Scripted error", "server_error")
        .doesNotContain("[DONE]");
    assertThat(complete(streaming("ERROR 429 3", true)).headers().firstValue("Retry-After"))
        .hasValue("3");
    assertThat(Client.json(complete(streaming("WHOLE\nSAY x", true))).has("choices")).isTrue();
    assertThat(complete(streaming("REFUSES stream\nSAY x", true)).statusCode()).isEqualTo(400);
    assertThat(complete(user("REFUSES stream\nSAY x")).statusCode()).isEqualTo(200);
  }

  @Test
  void an_ollama_repeats_the_role_and_gives_calls_whole() throws Exception {
    try (var ollama = ScriptedModel.ollama()) {
      var body = streaming("CALL f {\"x\": 1}\nSAY x", false).replace('\'', '"');
      var uri = URI.create(ollama.baseUrl() + "/chat/completions");
      var chunks = chunks(client.post(uri, body, "Content-Type", "application/json"));

      assertThat(chunks)
          .allMatch(c -> c.at("/choices/0/delta/role").asString().equals("assistant"));
      assertThat(chunks.get(1).at("/choices/0/delta/tool_calls/0/function/arguments").asString())
          .isEqualTo("{\"x\": 1}");
    }
  }

  @Test
  void a_loop_calls_for_ever() throws Exception {
    var messages = new StringBuilder("{'role':'user','content':'LOOP f {}\\n---\\nSAY never'}");
    for (var i = 0; i < 5; i++) {
      var response =
          Client.json(complete("{'model':'m','messages':[" + messages + "]}"))
              .path("choices")
              .path(0)
              .path("message");
      var id = response.path("tool_calls").path(0).path("id").asString();
      assertThat(id).isNotEmpty();
      messages
          .append(",{'role':'assistant','content':null,'tool_calls':[{'id':'")
          .append(id)
          .append("','type':'function','function':{'name':'f','arguments':'{}'}}]}")
          .append(",{'role':'tool','tool_call_id':'")
          .append(id)
          .append("','content':'1'}");
    }
  }

  @Test
  void faults_are_counted_for_each_conversation() throws Exception {
    var first = user("ERROR 503 0 2\nSAY first");
    var second = user("ERROR 503 0 2\nSAY second");

    assertThat(complete(first).statusCode()).isEqualTo(503);
    assertThat(complete(first).headers().firstValue("Retry-After")).hasValue("0");
    assertThat(complete(first).statusCode()).isEqualTo(200);
    assertThat(complete(second).statusCode()).isEqualTo(503);
    model.reset();
    assertThat(complete(first).statusCode()).isEqualTo(503);
    assertThat(model.count()).isEqualTo(1);
  }

  @Test
  void a_dropped_connection_gives_no_answer() {
    assertThatThrownBy(() -> complete(user("DROP"))).isInstanceOf(IOException.class);
  }

  @Test
  void a_model_that_closes_lets_go_of_those_it_hangs() throws Exception {
    var waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                complete(user("HANG"));
              } catch (Exception e) {
                // the connection goes with the server
              }
            });
    while (model.count() == 0) {
      Thread.onSpinWait();
    }
    model.close();

    assertThat(waiting.join(java.time.Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void every_request_is_logged_without_its_key() throws Exception {
    complete(user("SAY x"));
    complete("[]");

    var log = client.get(model.baseUrl().resolve("/log")).body();
    assertThat(log.lines()).hasSize(2);
    assertThat(log).contains("Bearer ***", "SAY x").doesNotContain("sk-1");
    assertThat(model.requests()).hasSize(2);
    assertThat(Client.json(client.get(model.baseUrl().resolve("/count"))).path("count").intValue())
        .isEqualTo(2);
  }
}
