package dev.toolwright.egress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/// The HTTP client with everything off that acts on its own: redirects, retries, cookies,
/// authentication, proxies, upgrades and look-ups. The route of a request carries the checked
/// address, so a pooled connection is only used again for that same address.
final class Wire {
  static final String EXCHANGE = "toolwright.exchange";

  private static final Timeout CONNECT = Timeout.ofSeconds(5);
  private static final Timeout IDLE = Timeout.ofSeconds(20);

  /// A server may close an idle connection at any time; asking costs a millisecond.
  private static final TimeValue CHECK_AFTER = TimeValue.ofMilliseconds(100);

  private static final int MAX_HEADERS = 200;
  private static final int MAX_LINE = 16 << 10;
  private static final int MAX_CONNECTIONS = 1_000;
  private static final int MAX_PER_ADDRESS = 200;

  static final RequestConfig CONFIG =
      RequestConfig.custom()
          .setAuthenticationEnabled(false)
          .setRedirectsEnabled(false)
          .setContentCompressionEnabled(false)
          .setProtocolUpgradeEnabled(false)
          .setExpectContinueEnabled(false)
          .build();

  private Wire() {}

  static CloseableHttpClient client(SSLContext tls) {
    var http1 =
        Http1Config.custom().setMaxHeaderCount(MAX_HEADERS).setMaxLineLength(MAX_LINE).build();
    var connections =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder().http1Config(http1).build())
            .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
            .setDnsResolver(new NoLookups())
            .setMaxConnTotal(MAX_CONNECTIONS)
            .setMaxConnPerRoute(MAX_PER_ADDRESS)
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(CONNECT)
                    .setIdleTimeout(IDLE)
                    .setValidateAfterInactivity(CHECK_AFTER)
                    .build())
            .build();
    return HttpClientBuilder.create()
        .setConnectionManager(connections)
        .setRoutePlanner((target, context) -> route(target))
        .setRequestExecutor(new Announcing())
        .setDefaultRequestConfig(CONFIG)
        .disableRedirectHandling()
        .disableAutomaticRetries()
        .disableCookieManagement()
        .disableAuthCaching()
        .disableContentCompression()
        .disableConnectionState()
        .evictIdleConnections(IDLE)
        .setUserAgent("Toolwright")
        .build();
  }

  private static HttpRoute route(org.apache.hc.core5.http.HttpHost target) {
    return new HttpRoute(target, null, "https".equals(target.getSchemeName()));
  }

  /// Tells the exchange before the first byte of a request is written.
  private static final class Announcing extends HttpRequestExecutor {
    @Override
    public ClassicHttpResponse execute(
        ClassicHttpRequest request,
        HttpClientConnection connection,
        HttpResponseInformationCallback callback,
        HttpContext context)
        throws IOException, HttpException {
      if (!(context.getAttribute(EXCHANGE) instanceof Exchange<?> exchange)) {
        throw new IOException("A request that belongs to no exchange");
      }
      exchange.aboutToWrite();
      return super.execute(request, connection, callback, context);
    }
  }

  /// Names are resolved and checked before; a look-up here would be a second, unchecked one.
  private static final class NoLookups implements DnsResolver {
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      throw new UnknownHostException();
    }

    @Override
    public String resolveCanonicalHostname(String host) throws UnknownHostException {
      throw new UnknownHostException();
    }
  }
}
