package dev.toolwright.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DialectsTest {
  private static final String MESSAGES = "/v1/messages";
  private static final String USE =
      "{'role':'assistant','content':[{'type':'tool_use','id':'c1','name':'f','input':{}}]}";
  private static final String RESULT =
      "{'role':'user','content':[{'type':'tool_result','tool_use_id':'c1','content':'1'}]}";

  private final ScriptedModel model = new ScriptedModel(0, "key-1");
  private final Client client = new Client();

  @AfterEach
  void close() {
    client.close();
    model.close();
  }

  private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    return client.post(URI.create(model.origin() + path), body.replace('\'', '"'), headers);
  }

  private HttpResponse<String> messages(String body) throws Exception {
    return post(
        MESSAGES,
        body,
        "Content-Type",
        "application/json",
        "x-api-key",
        "key-1",
        "anthropic-version",
        "2023-06-01");
  }

  private HttpResponse<String> conversation(String messages) throws Exception {
    return messages(
        "{'model':'m','max_tokens':9,'tools':[{'name':'f','input_schema':{'type':'object'}}],'messages':["
            + messages
            + "]}");
  }

  private static String user(String text) {
    return "{'role':'user','content':'" + text + "'}";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[]                                                          | valid JSON",
        "{'model':'m','max_tokens':9,'messages':[],'idempotency':1}  | Extra inputs",
        "{'max_tokens':9,'messages':[]}                              | model",
        "{'model':'m','messages':[]}                                 | max_tokens",
        "{'model':'m','max_tokens':9,'messages':[]}                  | at least one",
        "{'model':'m','max_tokens':9,'system':' ','messages':[]}     | system",
        "{'model':'m','max_tokens':9,'stream':1,'messages':[]}       | stream",
        "{'model':'m','max_tokens':9,'temperature':1.1,'messages':[]} | temperature",
        "{'model':'m','max_tokens':9,'tool_choice':{},'messages':[]} | tool_choice",
        "{'model':'m','max_tokens':9,'tools':[],'messages':[]}       | tools"
      })
  void a_request_that_breaks_the_rules_of_messages_is_refused(String body, String reason)
      throws Exception {
    refused(messages(body), reason);
  }

  private static void refused(HttpResponse<String> response, String reason) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    var error = Client.json(response).path("error");
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.path("message").asString()).contains(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'role':'system','content':'x'}                                     | Unexpected role",
        "{'role':'assistant','content':'x'}                                  | first message",
        "{'role':'user','content':'x'},{'role':'user','content':'y'}         | alternate",
        "{'role':'user','content':'x'},{'role':'assistant','content':'y'}    | the last one",
        "{'role':'user','content':' '}                                       | non-empty",
        "{'role':'user','content':[]}                                        | non-empty",
        "{'role':'user','content':[{'type':'text','text':' '}]}              | non-whitespace",
        "{'role':'user','content':[{'type':'image_url'}]}                    | type",
        "{'role':'user','content':[{'type':'tool_use','id':'1','name':'f','input':{}}]} | unexpected",
        "{'role':'user','content':[{'type':'tool_result','tool_use_id':'1','content':''}]} | unexpected",
        "{'role':'user','content':'x'},{'role':'assistant','content':[{'type':'tool_use','id':'a.b','name':'f','input':{}}]} | id",
        "{'role':'user','content':'x'},{'role':'assistant','content':[{'type':'tool_use','id':'a','name':'f.g','input':{}}]} | name",
        "{'role':'user','content':'x'},{'role':'assistant','content':[{'type':'tool_use','id':'a','name':'f','input':'{}'}]} | dictionary"
      })
  void messages_out_of_order_are_refused(String messages, String reason) throws Exception {
    refused(conversation(messages), reason);
  }

  @Test
  void tool_uses_and_their_results_belong_together() throws Exception {
    var start = user("CALL f {}\\n---\\nSAY done <<last_tool_result>>");
    var whole = conversation(start + "," + USE + "," + RESULT);

    assertThat(Client.json(whole).path("content").path(0).path("text").asString())
        .isEqualTo("done 1");
    refused(
        messages(
            "{'model':'m','max_tokens':9,'messages':[" + start + "," + USE + "," + RESULT + "]}"),
        "must define tools");
    refused(conversation(start + "," + USE + "," + user("x")), "without `tool_result`");
    var late = RESULT.replace("[{", "[{'type':'text','text':'x'},{");
    refused(conversation(start + "," + USE + "," + late), "before all others");
    refused(conversation(start + "," + USE + "," + RESULT + "," + USE + "," + RESULT), "be unique");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'name':'a.b','input_schema':{'type':'object'}}",
        "{'name':'a','input_schema':{'type':'string'}}",
        "{'name':'a','input_schema':{'type':'object','anyOf':[]}}",
        "{'name':'a','input_schema':{'type':'object','properties':{'a b':{}}}}",
        "{'name':'a','parameters':{'type':'object'},'input_schema':{'type':'object'}}",
        "{'name':'a','input_schema':{'type':'object'}},{'name':'a','input_schema':{'type':'object'}}"
      })
  void a_tool_that_does_not_fit_messages_is_refused(String tools) throws Exception {
    refused(
        messages(
            "{'model':'m','max_tokens':9,'tools':[" + tools + "],'messages':[" + user("x") + "]}"),
        "tools");
  }

  @Test
  void an_answer_of_messages_has_their_shape() throws Exception {
    var answer = Client.json(conversation(user("CALL f {\\\"a\\\": 1}\\nUSAGE 3 4\\nSAY look")));

    assertThat(answer.path("type").asString()).isEqualTo("message");
    assertThat(answer.path("stop_reason").asString()).isEqualTo("tool_use");
    assertThat(answer.path("content"))
        .extracting(block -> block.path("type").asString())
        .containsExactly("text", "tool_use");
    assertThat(answer.path("content").path(1).path("input").path("a").intValue()).isEqualTo(1);
    assertThat(answer.path("usage").path("input_tokens").intValue()).isEqualTo(3);
  }

  @Test
  void a_stream_of_messages_has_their_events() throws Exception {
    var body =
        "{'stream':true,'model':'m','max_tokens':9,'tools':[{'name':'f','input_schema':{'type':'object'}}],'messages':[%s]}"
            .formatted(user("CALL f {\\\"a\\\": 1}\\nUSAGE 3 4\\nSAY look"));
    var response = messages(body);
    var events =
        response
            .body()
            .lines()
            .filter(line -> line.startsWith("event: "))
            .map(line -> line.substring(7))
            .toList();
    var data =
        response
            .body()
            .lines()
            .filter(line -> line.startsWith("data: "))
            .map(line -> FixtureServer.JSON.readTree(line.substring(6)))
            .toList();

    assertThat(events)
        .containsExactly(
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "ping",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop");
    assertThat(data).extracting(event -> event.path("type").asString()).isEqualTo(events);
    assertThat(data.getFirst().at("/message/usage/input_tokens").intValue()).isEqualTo(3);
    assertThat(data.getFirst().at("/message/content").isEmpty()).isTrue();
    assertThat(data.get(5).at("/content_block/input").isEmpty()).isTrue();
    assertThat(data.get(7).at("/delta/partial_json").asString()).isEqualTo("{\"a\":");
    assertThat(data.get(10).at("/delta/stop_reason").asString()).isEqualTo("tool_use");
    assertThat(data.get(10).at("/usage/output_tokens").intValue()).isEqualTo(4);
    assertThat(messages(body.replace("CALL f", "BREAK 529\\nCALL f")).body())
        .contains("event: error\ndata: {\"type\":\"error\"", "overloaded_error")
        .doesNotContain("message_stop");
  }

  @Test
  void an_azure_of_old_tells_no_usage_and_each_tells_what_was_in_the_prompt() throws Exception {
    var body =
        "{'stream':true,'stream_options':{'include_usage':true},'model':'m','messages':[%s]}"
            .formatted(user("SAY x"));
    var path = "/openai/deployments/d/chat/completions?api-version=";
    var json = "application/json";

    var refused = post(path + "2024-06-01", body, "Content-Type", json, "api-key", "key-1");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("Unrecognized", "stream_options");
    var told = post(path + "2024-10-21", body, "Content-Type", json, "api-key", "key-1");
    assertThat(told.body())
        .startsWith("data: {\"choices\":[],")
        .contains("prompt_filter_results", "total_tokens");
  }

  @Test
  void each_dialect_demands_its_own_credential_and_version() throws Exception {
    var json = "application/json";
    assertThat(post(MESSAGES, "{}", "Content-Type", json, "Authorization", "Bearer key-1"))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(401);
    assertThat(post(MESSAGES, "{}", "Content-Type", json, "x-api-key", "key-1").body())
        .contains("anthropic-version");
    var azure = "/openai/deployments/d/chat/completions";
    assertThat(post(azure + "?api-version=2024-10-21", "{}", "Authorization", "Bearer key-1"))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(401);
    assertThat(post(azure, "{}", "Content-Type", json, "api-key", "key-1").statusCode())
        .isEqualTo(404);
    var unified = "/openai/v1/chat/completions?api-version=2024-10-21";
    assertThat(post(unified, "{}", "Content-Type", json, "api-key", "key-1").statusCode())
        .isEqualTo(400);
    assertThat(model.requests().toString()).doesNotContain("key-1");
  }

  @Test
  void a_filter_of_azure_turns_the_request_down() throws Exception {
    var body = "{'model':'m','messages':[" + user("FILTER") + "]}";
    var path = "/openai/v1/chat/completions";
    var response = post(path, body, "Content-Type", "application/json", "api-key", "key-1");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Client.json(response).path("error").path("code").asString())
        .isEqualTo("content_filter");
  }
}
