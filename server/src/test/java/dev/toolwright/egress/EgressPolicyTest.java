package dev.toolwright.egress;

import static dev.toolwright.egress.RawServer.always;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EgressPolicyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.1.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2606:4700:0:0:0:5efe:7f00:1"
      })
  void special_addresses_are_closed(String address) {
    assertThat(admits(EgressPolicy.publicOnly(), "any.test", 443, address)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2003::1",
        "2606:4700:0:0:0:5efe:808:808"
      })
  void public_addresses_are_open(String address) {
    assertThat(admits(EgressPolicy.publicOnly(), "any.test", 22, address)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, any.test, 80, 10.9.9.9, true",
    "10.0.0.0/8, any.test, 80, 11.0.0.1, true",
    "10.0.0.0/8, any.test, 80, 192.168.0.1, false",
    "10.0.0.7, any.test, 80, 10.0.0.7, true",
    "10.0.0.7, any.test, 80, 10.0.0.8, false",
    "10.0.0.7:8080, any.test, 8080, 10.0.0.7, true",
    "10.0.0.7:8080, any.test, 80, 10.0.0.7, false",
    "10.0.0.0/31:8080, any.test, 8080, 10.0.0.1, true",
    "10.0.0.0/31:8080, any.test, 8080, 10.0.0.2, false",
    "fd00::/8, any.test, 80, fd12::1, true",
    "[fd00::/8]:80, any.test, 81, fd12::1, false",
    "[::1]:80, any.test, 80, ::1, true",
    "[::1], any.test, 80, ::1, true",
    "::1, any.test, 80, ::1, true",
    "::1, any.test, 80, 127.0.0.1, false",
    "db.internal, db.internal, 80, 10.0.0.1, true",
    "DB.Internal, db.internal, 80, 10.0.0.1, true",
    "db.internal, a.db.internal, 80, 10.0.0.1, false",
    "db.internal, xdb.internal, 80, 10.0.0.1, false",
    "db.internal:81, db.internal, 80, 10.0.0.1, false",
    "*.internal, db.internal, 80, 10.0.0.1, true",
    "*.internal, a.db.internal, 80, 10.0.0.1, true",
    "*.internal, internal, 80, 10.0.0.1, false",
    "*.internal, dbinternal, 80, 10.0.0.1, false",
    "*.internal:81, db.internal, 81, 10.0.0.1, true",
    "localhost, localhost, 80, 127.0.0.1, true",
    "127.0.0.0/8, any.test, 80, ::127.0.0.1, false",
    "64:ff9b::/96, any.test, 80, 64:ff9b::808:808, true",
    "64:ff9b::/96, any.test, 80, 64:ff9b::7f00:1, false",
    "0.0.0.0/0, any.test, 80, 127.0.0.1, true",
    "0.0.0.0/0, any.test, 80, ::1, false"
  })
  void an_allow_rule_opens_exactly_what_it_names(
      String allow, String host, int port, String address, boolean open) throws Exception {
    assertThat(admits(EgressPolicy.parse(allow, ""), host, port, address)).isEqualTo(open);
  }

  @ParameterizedTest
  @CsvSource({
    "8.8.0.0/16, any.test, 80, 8.8.8.8, false",
    "8.8.0.0/16, any.test, 80, 8.9.8.8, true",
    "evil.test, evil.test, 80, 8.8.8.8, false",
    "evil.test:81, evil.test, 80, 8.8.8.8, true",
    "*.test, evil.test, 80, 8.8.8.8, false",
    "0.0.0.0/0:25, any.test, 25, 8.8.8.8, false",
    "0.0.0.0/0:25, any.test, 80, 8.8.8.8, true",
    "10.0.0.1, any.test, 80, 10.0.0.1, false",
    "10.0.0.1, any.test, 80, 10.0.0.2, true",
    "10.0.0.1, any.test, 80, 64:ff9b::a00:1, false"
  })
  void a_deny_rule_closes_what_it_names_and_wins(
      String deny, String host, int port, String address, boolean open) throws Exception {
    var policy = EgressPolicy.parse("10.0.0.0/8,64:ff9b::/96", deny);
    assertThat(admits(policy, host, port, address)).isEqualTo(open);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254"
      })
  void metadata_needs_its_very_address_allowed(String address) throws Exception {
    var wide = "0.0.0.0/0,::/0,169.254.0.0/16,meta.test,*.test";
    assertThat(admits(EgressPolicy.parse(wide, ""), "meta.test", 80, address)).isFalse();
    assertThat(admits(EgressPolicy.parse(address, ""), "meta.test", 80, address)).isTrue();
  }

  @Test
  void metadata_in_an_embedding_form_stays_closed() throws Exception {
    var policy = EgressPolicy.parse("0.0.0.0/0,::/0", "");
    assertThat(admits(policy, "any.test", 80, "64:ff9b::a9fe:a9fe")).isFalse();
    assertThat(admits(policy, "any.test", 80, "2002:a9fe:a9fe::1")).isFalse();
    assertThat(admits(policy, "any.test", 80, "64:ff9b:1:a9fe:a9:fe00::")).isFalse();
    assertThat(admits(policy, "any.test", 80, "2001:0:4136:e378:8000:63bf:5601:5601")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://x",
        "http:/x",
        "://x",
        "http://",
        "http://x/path",
        "http://user@x",
        "https://*",
        "*:443",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "10.0.0/8",
        "010.0.0.1",
        "fd00::/129",
        "fd00::1/8",
        "::ffff:10.0.0.0/104",
        "host:0",
        "host:65536",
        "host:x",
        "host:",
        "[::1",
        "[::1]x",
        "[host]:80",
        "a b",
        "*",
        "*.",
        "a.*.b",
        "-a.test",
        "under_score",
        "ünicode",
        "1.2.3",
        "0x7f.1",
        "a/8",
        "fe80::1%eth0",
        "user@host"
      })
  void a_rule_that_cannot_be_read_is_a_fault(String rule) {
    var e = catchThrowableOfType(MalformedEgressPolicy.class, () -> EgressPolicy.parse(rule, ""));
    assertThat(e).as(rule).isNotNull();
    assertThat(e.faults()).singleElement().asString().contains("'" + rule + "'", "allow");
  }

  @ParameterizedTest
  @CsvSource({
    "http://10.0.0.0/8, 10.0.0.1, true",
    "https://10.0.0.0/8, 10.0.0.1, false",
    "http://any.test, 10.0.0.1, true",
    "HTTPS://any.test:80, 10.0.0.1, false",
    "http://[fd00::/8]:80, fd00::1, true",
    "http://[fd00::/8]:81, fd00::1, false",
    "tcp://any.test, 10.0.0.1, false"
  })
  void a_rule_may_hold_for_one_scheme_only(String allow, String address, boolean open)
      throws Exception {
    assertThat(admits(EgressPolicy.parse(allow, ""), "any.test", 80, address)).isEqualTo(open);
  }

  @ParameterizedTest
  @CsvSource({
    "http://*, any.test, 8.8.8.8, false",
    "https://*, any.test, 8.8.8.8, true",
    "*:80, any.test, 8.8.8.8, false",
    "*:81, any.test, 8.8.8.8, true"
  })
  void a_deny_rule_may_be_about_every_host(String deny, String host, String address, boolean open)
      throws Exception {
    assertThat(admits(EgressPolicy.parse("", deny), host, 80, address)).isEqualTo(open);
  }

  @ParameterizedTest
  @CsvSource({
    "good.test, good.test, 8.8.8.8, true",
    "good.test, other.test, 8.8.8.8, false",
    "good.test, good.test, 10.0.0.1, false",
    "8.8.0.0/16, any.test, 8.8.8.8, true",
    "8.8.0.0/16, any.test, 8.9.8.8, false",
    "10.0.0.0/8, any.test, 10.0.0.1, false",
    "'http://*,10.0.0.0/8', any.test, 8.8.8.8, true",
    "https://*, any.test, 8.8.8.8, false"
  })
  void with_a_list_of_the_only_destinations_nothing_else_is_reached(
      String only, String host, String address, boolean open) throws Exception {
    assertThat(admits(EgressPolicy.parse("", "", only), host, 80, address)).isEqualTo(open);
  }

  @Test
  void what_the_operator_configures_is_reached_beside_the_only_destinations() throws Exception {
    var policy =
        EgressPolicy.parse("", "", "good.test")
            .alsoAllowing(URI.create("http://models.internal:11434/v1"));
    assertThat(admits(policy, "models.internal", 11434, "10.0.0.1")).isTrue();
    assertThat(admits(policy, "other.test", 80, "8.8.8.8")).isFalse();
  }

  @Test
  void all_faults_are_told_at_once() {
    var e =
        catchThrowableOfType(
            MalformedEgressPolicy.class,
            () -> EgressPolicy.parse("good.test, bad_1 ,,10.0.0.0/8", "bad_2,also.good:80,bad_3"));
    assertThat(e.faults()).hasSize(3);
    assertThat(e).hasMessageContainingAll("'bad_1'", "'bad_2'", "'bad_3'");
  }

  @Test
  void empty_lists_leave_the_public_internet() throws Exception {
    var policy = EgressPolicy.parse("", " , ");
    assertThat(admits(policy, "any.test", 443, "8.8.8.8")).isTrue();
    assertThat(admits(policy, "any.test", 443, "10.0.0.1")).isFalse();
  }

  @Test
  void a_configured_address_is_opened_for_its_host_and_port_only() throws Exception {
    var policy = EgressPolicy.parse("", "10.0.0.2");
    var named = policy.alsoAllowing(URI.create("http://Models.internal:11434/v1"));
    assertThat(admits(named, "models.internal", 11434, "10.0.0.1")).isTrue();
    assertThat(admits(named, "models.internal", 11434, "10.0.0.2")).as("denied").isFalse();
    assertThat(admits(named, "models.internal", 80, "10.0.0.1")).isFalse();
    assertThat(admits(named, "other.internal", 11434, "10.0.0.1")).isFalse();
    assertThat(admits(policy, "models.internal", 11434, "10.0.0.1")).as("unchanged").isFalse();

    var literal = policy.alsoAllowing(URI.create("http://[::1]:8000"));
    assertThat(admits(literal, "any.test", 8000, "::1")).isTrue();
    assertThat(admits(literal, "any.test", 8001, "::1")).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy.alsoAllowing(URI.create("ftp://x")));
  }

  @Test
  void what_is_allowed_is_really_reached() throws Exception {
    try (var server = RawServer.at("127.0.0.1", always("200 OK", "", "canary"))) {
      var uri = "http://localhost:" + server.port() + "/";
      var policy = EgressPolicy.publicOnly().alsoAllowing(URI.create(uri));
      try (var net = new EgressFixture(policy).name("localhost", "127.0.0.1")) {
        assertThat(net.get(uri).body()).asString().isEqualTo("canary");
      }
    }
  }

  private static boolean admits(EgressPolicy policy, String host, int port, String address) {
    return policy.admits(new Origin("http", host, port), InetAddress.ofLiteral(address));
  }
}
