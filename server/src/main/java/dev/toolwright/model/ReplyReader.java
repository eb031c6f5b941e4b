package dev.toolwright.model;

import dev.toolwright.egress.BodyReader;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.http.EventStream;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.model.Protocol.Option;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.net.SocketTimeoutException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads what a provider answers, as a stream or whole: what it is shows in its first character,
/// since not every server that was asked for a stream gives one, or says so.
///
/// An answer counts when the provider has said how it ends, and the response ended by itself or
/// with the provider's mark. Anything less is none, however much of it was heard.
final class ReplyReader implements BodyReader<ReplyReader.Read> {
  private static final int MAX_BODY = 8 << 20;

  /// What may follow the end of an answer, read so that the connection can be used again.
  private static final int MAX_REST = 1 << 10;

  private static final ChatReply TOO_LONG =
      new ChatReply.Malformed("The model provider's answer is too long");
  private static final ChatReply BROKEN_OFF =
      new ChatReply.Malformed("The model provider's answer breaks off before its end");

  private final Protocol protocol;
  private final ProviderFault fault;
  private final Clock clock;
  private final ChatRequest request;
  private final ToolNames names;
  private final Consumer<String> heard;

  ReplyReader(
      Protocol protocol,
      ProviderFault fault,
      Clock clock,
      ChatRequest request,
      ToolNames names,
      Consumer<String> heard) {
    this.protocol = protocol;
    this.fault = fault;
    this.clock = clock;
    this.request = request;
    this.names = names;
    this.heard = heard;
  }

  /// What came of a request.
  ///
  /// @param refused what the request should do without; then nothing ran
  record Read(ChatReply reply, @Nullable Option refused) {}

  @Override
  public Read read(int status, Map<String, List<String>> headers, InputStream body)
      throws IOException {
    // Its body is read here; who looks at a fault wants the headers.
    var response = new EgressResponse(status, headers, new byte[0]);
    if (status != 200) {
      var said = protocol.said(status, error(tolerant(body.readNBytes(MAX_BODY))));
      return new Read(fault.of(said, response, clock), said.refused());
    }
    var in = new PushbackInputStream(body);
    var first = first(in);
    try {
      return new Read(first == '{' ? whole(in, response) : streamed(in, response), null);
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      if (first < 0) {
        throw e;
      }
      // Not a provider that cannot be reached: it answers, and is paid for it.
      return new Read(BROKEN_OFF, null);
    }
  }

  /// The first character that is no space, not taken away; -1 when there is none.
  private static int first(PushbackInputStream in) throws IOException {
    var first = in.read();
    while (first == ' ' || first == '\t' || first == '\r' || first == '\n') {
      first = in.read();
    }
    if (first >= 0) {
      in.unread(first);
    }
    return first;
  }

  private ChatReply whole(InputStream in, EgressResponse response) throws IOException {
    var bytes = in.readNBytes(MAX_BODY + 1);
    if (bytes.length > MAX_BODY) {
      return TOO_LONG;
    }
    JsonNode json;
    try {
      json = Json.parse(bytes);
    } catch (MalformedJson e) {
      return RemoteModel.malformed("no JSON");
    }
    // Gateways wrap a provider's fault into status 200.
    return isError(json) ? fault(json, response) : protocol.read(json, request, names);
  }

  private ChatReply streamed(InputStream in, EgressResponse response) throws IOException {
    var events = new EventStream(in, MAX_BODY);
    var pieces = protocol.pieces(heard);
    var event = events.next();
    if (event == null) {
      return RemoteModel.malformed("no answer");
    }
    for (; event != null; event = events.next()) {
      if (event.data().strip().equals("[DONE]")) {
        return ended(in, pieces);
      }
      JsonNode json;
      try {
        json = Json.parse(event.data());
      } catch (MalformedJson e) {
        return RemoteModel.malformed("a piece that is no JSON");
      }
      if (isError(json) || event.type().equals("error")) {
        return fault(json, response);
      }
      switch (pieces.take(json)) {
        case MORE -> {}
        case END -> {
          return ended(in, pieces);
        }
        case UNFIT -> {
          return RemoteModel.malformed("pieces that do not fit together");
        }
        case TOO_LONG -> {
          return TOO_LONG;
        }
      }
    }
    return reply(pieces);
  }

  private ChatReply ended(InputStream in, Pieces pieces) {
    try {
      var _ = in.readNBytes(MAX_REST);
    } catch (IOException e) {
      // The answer is complete; only the connection cannot be used again.
    }
    return reply(pieces);
  }

  private ChatReply reply(Pieces pieces) {
    return pieces.isComplete() ? protocol.read(pieces.body(), request, names) : BROKEN_OFF;
  }

  private ChatReply fault(JsonNode json, EgressResponse response) {
    return fault.of(protocol.said(200, error(json)), response, clock);
  }

  private static boolean isError(JsonNode json) {
    return json.path("error").isObject() || json.path("error").isString();
  }

  /// Some servers tell a fault as a mere text, or without a name around it.
  private static JsonNode error(JsonNode json) {
    var error = json.path("error");
    if (error.isObject()) {
      return json;
    }
    return Json.object()
        .set("error", error.isString() ? Json.object().set("message", error) : json);
  }

  /// The body, or an empty object for what is no JSON, such as a proxy's page.
  private static JsonNode tolerant(byte[] body) {
    try {
      return Json.parse(body);
    } catch (MalformedJson e) {
      return Json.object();
    }
  }
}
