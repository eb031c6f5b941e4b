package dev.toolwright.egress;

import dev.toolwright.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.entity.mime.MultipartEntityBuilder;
import org.apache.hc.core5.http.ContentType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A `multipart/form-data` body. A value `{"filename", "content" | "base64", "content_type"}`
/// becomes a file; lists repeat their name; other objects are JSON.
///
/// @param contentType with the boundary
public record MultipartBody(String contentType, byte[] content) {
  private static final Pattern MEDIA_TYPE =
      Pattern.compile("[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}");

  public static MultipartBody of(ObjectNode fields) {
    var builder = MultipartEntityBuilder.create().setCharset(StandardCharsets.UTF_8);
    for (var field : fields.properties()) {
      add(builder, field.getKey(), field.getValue());
    }
    try (var entity = builder.build()) {
      var content = new ByteArrayOutputStream();
      entity.writeTo(content);
      return new MultipartBody(entity.getContentType(), content.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void add(MultipartEntityBuilder builder, String name, JsonNode value) {
    if (value.isArray()) {
      value.forEach(item -> add(builder, name, item));
    } else if (isFile(value)) {
      builder.addBinaryBody(name, bytes(value), type(value), value.path("filename").asString());
    } else if (value.isContainer()) {
      builder.addTextBody(name, Json.write(value), ContentType.APPLICATION_JSON);
    } else if (!value.isNull()) {
      builder.addTextBody(
          name, value.asString(), ContentType.TEXT_PLAIN.withCharset(StandardCharsets.UTF_8));
    }
  }

  private static boolean isFile(JsonNode value) {
    return value.path("filename").isString()
        && (value.path("content").isString() || isBase64(value.path("base64")));
  }

  private static boolean isBase64(JsonNode value) {
    try {
      return value.isString() && Base64.getMimeDecoder().decode(value.asString()) != null;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static byte[] bytes(JsonNode file) {
    return file.path("content").isString()
        ? file.path("content").asString().getBytes(StandardCharsets.UTF_8)
        : Base64.getMimeDecoder().decode(file.path("base64").asString());
  }

  private static ContentType type(JsonNode file) {
    var said = file.path("content_type").asString("");
    return MEDIA_TYPE.matcher(said).matches()
        ? ContentType.create(said)
        : ContentType.APPLICATION_OCTET_STREAM;
  }
}
