package dev.toolwright.egress;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.net.URIAuthority;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// One call of [Egress] with all its hops. Runs on a thread of its own, so that whoever waits for
/// it can leave at any moment; [#abandon] then says for certain whether anything was sent.
final class Exchange<T> {
  private static final int MAX_REDIRECTS = 5;

  /// Addresses tried in turn while nobody listens.
  private static final int MAX_ATTEMPTS = 3;

  /// Compression may add some bytes to what does not compress.
  private static final int COMPRESSION_SLACK = 64 << 10;

  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<String> GZIP = Set.of("gzip", "x-gzip");

  private final Egress egress;
  private final Hop first;
  private final List<EgressRules> rules;
  private final int maxBytes;
  private final boolean redirected;
  private final RequestConfig config;
  private final String tooSlow;
  private final BodyReader<T> reader;

  private @Nullable HttpUriRequestBase current;
  private boolean writing;
  private boolean sent;
  private boolean abandoned;

  Exchange(
      Egress egress,
      Hop first,
      List<EgressRules> rules,
      EgressRequest request,
      Duration silence,
      BodyReader<T> reader) {
    this.egress = egress;
    this.first = first;
    this.rules = rules;
    this.maxBytes = request.maxResponseBytes();
    this.redirected = request.redirected();
    // Always set: a connection that is used again keeps what the last exchange allowed.
    this.config = RequestConfig.copy(Wire.CONFIG).setResponseTimeout(Timeout.of(silence)).build();
    // Two clocks run side by side; whichever is first, it is the same to whoever waits.
    this.tooSlow =
        silence.compareTo(request.timeout()) < 0 ? "The server fell silent" : Egress.TOO_LATE;
    this.reader = reader;
  }

  T run() throws EgressException, InterruptedException {
    var hop = first;
    for (var redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      try {
        var to = hop.destination().origin();
        var response = open(hop, egress.gate().addresses(to, rules, sent()));
        var location = response.getFirstHeader("location");
        if (location == null || !redirected || !REDIRECTS.contains(response.getCode())) {
          return read(response);
        }
        hop = next(hop, response.getCode(), location.getValue());
      } catch (IOException e) {
        throw failure(e);
      } finally {
        // Gives up a connection whose answer was not read to its end, and only such a one. Closing
        // it politely would read the rest, however long that is.
        cancel();
      }
    }
    throw new EgressException(
        EgressException.Kind.BROKEN, "The server redirects too often", sent());
  }

  /// Called before the first byte of each hop is written.
  synchronized void aboutToWrite() throws InterruptedIOException {
    if (abandoned) {
      throw new InterruptedIOException();
    }
    writing = true;
    sent = true;
  }

  /// Ends the exchange from outside. After this nothing more is written.
  ///
  /// @return whether something was sent before
  boolean abandon() {
    boolean result;
    synchronized (this) {
      abandoned = true;
      result = sent;
    }
    cancel();
    return result;
  }

  private ClassicHttpResponse open(Hop hop, List<InetAddress> addresses)
      throws IOException, EgressException {
    var attempts = Math.min(addresses.size(), MAX_ATTEMPTS);
    for (var i = 0; ; i++) {
      var request = request(hop);
      begin(request);
      var context = HttpClientContext.create();
      context.setAttribute(Wire.EXCHANGE, this);
      var to = hop.destination();
      var target = new HttpHost(to.scheme(), addresses.get(i), to.host(), to.port());
      try {
        return egress.client().executeOpen(target, request, context);
      } catch (IOException e) {
        if (writing() || i + 1 == attempts) {
          throw e;
        }
      } catch (RuntimeException e) {
        // A library's complaint may quote what it complains about.
        throw broken();
      }
    }
  }

  private static Hop next(Hop hop, int status, String location) throws EgressException {
    try {
      return hop.redirected(status, location);
    } catch (IllegalArgumentException e) {
      throw new EgressException(EgressException.Kind.DENIED, sentence(e), true);
    }
  }

  private T read(ClassicHttpResponse response) throws IOException, InterruptedException {
    var headers = headers(response);
    var entity = response.getEntity();
    if (entity == null) {
      return reader.read(response.getCode(), headers, InputStream.nullInputStream());
    }
    var wireLimit = (long) maxBytes + COMPRESSION_SLACK;
    if (entity.getContentLength() > wireLimit) {
      throw new CappedStream.Exceeded();
    }
    var wire = new CappedStream(entity.getContent(), wireLimit);
    var body = new CappedStream(decoded(entity, wire, headers), maxBytes);
    var result = reader.read(response.getCode(), headers, body);
    if (body.ended() && !wire.ended()) {
      finish(wire);
    }
    return result;
  }

  /// The end of compressed data is not yet the end of the message, which frees the connection.
  private static void finish(InputStream wire) {
    try {
      wire.readNBytes(1);
    } catch (IOException e) {
      // The answer is complete; only the connection cannot be used again.
    }
  }

  private static InputStream decoded(
      HttpEntity entity, CappedStream wire, Map<String, List<String>> headers) throws IOException {
    var coding = entity.getContentEncoding();
    if (coding == null
        || entity.getContentLength() == 0
        || !GZIP.contains(coding.strip().toLowerCase(Locale.ROOT))) {
      return wire;
    }
    headers.remove("content-encoding");
    headers.remove("content-length");
    return new GZIPInputStream(wire);
  }

  private static Map<String, List<String>> headers(ClassicHttpResponse response) {
    var headers = new TreeMap<String, List<String>>();
    for (var header : response.getHeaders()) {
      var value = header.getValue();
      headers
          .computeIfAbsent(header.getName().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
          .add(value == null ? "" : value);
    }
    return headers;
  }

  private HttpUriRequestBase request(Hop hop) {
    var to = hop.destination();
    var request = new HttpUriRequestBase(hop.method(), hop.uri());
    request.setConfig(config);
    request.setScheme(to.scheme());
    request.setAuthority(new URIAuthority(to.host(), explicitPort(to)));
    request.setPath(to.target());
    hop.headers().forEach(request::setHeader);
    if (!request.containsHeader("accept-encoding")) {
      request.setHeader("Accept-Encoding", "gzip");
    }
    var body = hop.body();
    if (body != null) {
      request.setEntity(new ByteArrayEntity(body, null));
    }
    return request;
  }

  private static int explicitPort(Destination to) {
    return to.port() == (to.tls() ? 443 : 80) ? -1 : to.port();
  }

  private EgressException failure(IOException e) {
    if (e instanceof CappedStream.Exceeded || e instanceof MessageConstraintException) {
      return new EgressException(
          EgressException.Kind.TOO_LARGE, "The answer is longer than allowed", sent());
    }
    if (!writing()) {
      return new EgressException(
          EgressException.Kind.UNREACHABLE,
          e instanceof SSLException
              ? "No encrypted connection to the server: its certificate or its TLS is not accepted"
              : "The server cannot be reached",
          sent());
    }
    return e instanceof SocketTimeoutException
        ? new EgressException(EgressException.Kind.TIMEOUT, tooSlow, sent())
        : broken();
  }

  private EgressException broken() {
    return new EgressException(
        EgressException.Kind.BROKEN, "The connection broke before the answer was complete", sent());
  }

  static String sentence(IllegalArgumentException e) {
    var message = e.getMessage();
    return message == null ? Gate.REFUSAL : message;
  }

  private synchronized void begin(HttpUriRequestBase request) throws InterruptedIOException {
    if (abandoned) {
      throw new InterruptedIOException();
    }
    current = request;
    writing = false;
  }

  private void cancel() {
    HttpUriRequestBase request;
    synchronized (this) {
      request = current;
    }
    if (request != null) {
      request.cancel();
    }
  }

  private synchronized boolean writing() {
    return writing;
  }

  synchronized boolean sent() {
    return sent;
  }
}
