package dev.toolwright.api.web;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// Answers what fails before a route is reached (no HTTP, bad headers, a URI too long) in the same
/// shape as every other error.
final class ParserErrors extends ErrorHandler {
  private final Headers headers;

  ParserErrors(Headers headers) {
    this.headers = headers;
  }

  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    var answer = code == 500 ? ErrorAnswer.internal() : ErrorAnswer.of(code, words(code));
    headers.apply(request, response);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    var path = request.getHttpURI() == null ? null : request.getHttpURI().getPath();
    var body = answer.body(path == null ? "" : path, Headers.requestId(request));
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(true, ByteBuffer.wrap(body), callback);
  }

  private static String words(int code) {
    return switch (code) {
      case 400 -> "The request is not valid HTTP";
      case 408 -> "The request took too long to arrive";
      case 413 -> "The request is too large";
      case 414 -> "The request's URI is too long";
      case 417 -> "Only Expect: 100-continue is understood";
      case 426 -> "This version of HTTP is not spoken here; use HTTP/1.1";
      case 431 -> "The request's header is too large";
      case 505 -> "This version of HTTP is not spoken here; use HTTP/1.1";
      default -> "The request cannot be served";
    };
  }
}
