package dev.toolwright.egress;

import static dev.toolwright.egress.EgressFixture.request;
import static dev.toolwright.egress.RawServer.always;
import static dev.toolwright.egress.RawServer.redirect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The connection goes to a checked address, but the certificate must still be the name's.
@Timeout(20)
class EgressTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir private static Path directory;
  private static SSLContext trusting;
  private final List<String> names = new CopyOnWriteArrayList<>();
  private Egress egress;

  @BeforeAll
  static void make_a_certificate_for_public_test() throws Exception {
    var file = directory.resolve("keys.p12");
    var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    var made =
        new ProcessBuilder(
                keytool,
                "-genkeypair",
                "-alias",
                "k",
                "-keyalg",
                "EC",
                "-dname",
                "CN=public.test",
                "-ext",
                "san=dns:public.test",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start()
            .waitFor();
    assertThat(made).isZero();
    var keys = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    var own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, PASSWORD);
    var anchors = KeyStore.getInstance("PKCS12");
    anchors.load(null, null);
    anchors.setCertificateEntry("k", keys.getCertificate("k"));
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(anchors);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(own.getKeyManagers(), trust.getTrustManagers(), null);
  }

  @BeforeEach
  void open() throws MalformedEgressPolicy {
    egress = egress(trusting);
  }

  @AfterEach
  void close() {
    egress.close();
  }

  @Test
  void the_name_is_asked_for_and_its_certificate_accepted() throws Exception {
    try (var server = server(always("200 OK", "", "ok"))) {
      assertThat(get("https://public.test:" + server.port()).body()).asString().isEqualTo("ok");
      assertThat(get("https://public.test:" + server.port()).status()).isEqualTo(200);
      assertThat(server.accepted).as("connections are used again").hasValue(1);
      assertThat(names).containsOnly("public.test");
    }
  }

  @Test
  void the_certificate_of_another_name_is_not_accepted_and_nothing_was_sent() throws Exception {
    try (var server = server(always("200 OK", "", "ok"))) {
      for (var host : List.of("other.test", "127.66.0.1")) {
        var e = failure("https://" + host + ":" + server.port());
        assertThat(e.kind()).isEqualTo(EgressException.Kind.UNREACHABLE);
        assertThat(e.sent()).isFalse();
        assertThat(e).hasMessageContaining("certificate").hasMessageNotContaining("other.test");
      }
      assertThat(server.requests).isEmpty();
    }
  }

  @Test
  void an_unknown_issuer_is_not_accepted() throws Exception {
    egress.close();
    egress = egress(SSLContext.getDefault());
    try (var server = server(always("200 OK", "", "ok"))) {
      var e = failure("https://public.test:" + server.port());
      assertThat(e.kind()).isEqualTo(EgressException.Kind.UNREACHABLE);
      assertThat(e.sent()).isFalse();
    }
  }

  @Test
  void an_encrypted_request_is_not_redirected_to_an_unencrypted_one() throws Exception {
    try (var plain = RawServer.at("127.66.0.1", always("200 OK", "", "plain"));
        var server = server(redirect(302, "http://public.test:" + plain.port() + "/"))) {
      var e = failure("https://public.test:" + server.port());
      assertThat(e.kind()).isEqualTo(EgressException.Kind.DENIED);
      assertThat(e.sent()).isTrue();
      assertThat(plain.accepted).hasValue(0);
    }
  }

  private static Egress egress(SSLContext tls) throws MalformedEgressPolicy {
    return new Egress(
        EgressPolicy.parse("127.66.0.0/16", ""),
        host -> new InetAddress[] {InetAddress.ofLiteral("127.66.0.1")},
        _ -> EgressRules.open(),
        tls);
  }

  private RawServer server(RawServer.Script script) throws IOException {
    var socket = (SSLServerSocket) trusting.getServerSocketFactory().createServerSocket();
    var parameters = socket.getSSLParameters();
    parameters.setSNIMatchers(List.of(new Recording()));
    socket.setSSLParameters(parameters);
    return RawServer.at("127.66.0.1", socket, script);
  }

  private EgressResponse get(String uri) throws EgressException, InterruptedException {
    return egress.send(request("GET", uri, Map.of(), null));
  }

  private EgressException failure(String uri) {
    return catchThrowableOfType(EgressException.class, () -> get(uri));
  }

  private final class Recording extends SNIMatcher {
    Recording() {
      super(0);
    }

    @Override
    public boolean matches(SNIServerName name) {
      return names.add(new SNIHostName(name.getEncoded()).getAsciiName());
    }
  }
}
