package dev.toolwright.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class DriverHostsTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String APPROVED = "db.corp:5432,*.kafka.corp,10.1.0.0/16:9092,::1";

  private EgressFixture net;
  private DriverHosts drivers;

  @BeforeEach
  void open() throws Exception {
    net = new EgressFixture();
    net.name("db.corp", "10.0.0.5", "fd00::5").name("a.kafka.corp", "10.0.0.6");
    net.name("elsewhere.corp", "10.1.2.3").name("public.test", "8.8.8.8");
    net.name("meta.kafka.corp", "169.254.169.254");
    drivers = net.drivers(APPROVED, "10.0.0.6", _ -> EgressRules.open());
  }

  @AfterEach
  void close() {
    drivers.close();
    net.close();
  }

  @Test
  void an_approved_host_is_reached_wherever_it_lies() throws Exception {
    assertThat(drivers.addresses("w", "DB.corp", 5432, SOON))
        .containsExactly(InetAddress.ofLiteral("10.0.0.5"), InetAddress.ofLiteral("fd00::5"));
    assertThat(drivers.addresses("w", "elsewhere.corp", 9092, SOON))
        .containsExactly(InetAddress.ofLiteral("10.1.2.3"));
    for (var host : List.of("::1", "[::1]")) {
      assertThat(drivers.addresses("w", host, 1, SOON))
          .containsExactly(InetAddress.ofLiteral("::1"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "db.corp, 5433",
    "public.test, 5432",
    "8.8.8.8, 5432",
    "127.0.0.1, 5432",
    "kafka.corp, 9092",
    "a.kafka.corp, 9092",
    "meta.kafka.corp, 9092",
    "elsewhere.corp, 9093",
    "unknown.kafka.corp.test, 9092",
    "2130706433, 5432",
    "db.corp;x=y, 5432",
    "db.corp, 0",
    "db.corp, 65536",
    "'', 5432"
  })
  void nothing_else_is_reached_and_all_of_it_is_refused_alike(String host, int port) {
    assertThatThrownBy(() -> drivers.addresses("w", host, port, SOON))
        .isInstanceOfSatisfying(
            EgressException.class, e -> assertThat(e.kind()).isEqualTo(EgressException.Kind.DENIED))
        .hasMessage(Gate.REFUSAL);
  }

  @Test
  void a_workspace_narrows_its_drivers_too() throws Exception {
    var rules = EgressRules.of(List.of("tcp://db.corp", "https://*"), List.of());
    try (var narrow = net.drivers(APPROVED + ",public.test", "", _ -> rules)) {
      assertThat(narrow.addresses("w", "db.corp", 5432, SOON)).hasSize(2);
      assertThatThrownBy(() -> narrow.addresses("w", "public.test", 443, SOON))
          .isInstanceOf(EgressException.class);
    }
  }

  @Test
  void without_approved_hosts_no_driver_goes_anywhere() throws Exception {
    try (var none = net.drivers("", "", _ -> EgressRules.open())) {
      assertThatThrownBy(() -> none.addresses("w", "public.test", 443, SOON))
          .isInstanceOf(EgressException.class);
      assertThat(net.lookups).hasValue(0);
    }
  }

  @Test
  void a_name_that_does_not_resolve_is_told_for_an_approved_host() {
    var e =
        catchThrowableOfType(
            EgressException.class, () -> drivers.addresses("w", "b.kafka.corp", 9092, SOON));
    assertThat(e.kind()).isEqualTo(EgressException.Kind.UNREACHABLE);
  }

  @Test
  void a_look_up_that_hangs_ends_with_its_time() throws Exception {
    var never = new CountDownLatch(1);
    Resolver stuck =
        _ -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return new InetAddress[0];
        };
    try (var slow =
        new DriverHosts(EgressPolicy.ofDrivers("db.corp", ""), stuck, _ -> EgressRules.open())) {
      var e =
          catchThrowableOfType(
              EgressException.class,
              () -> slow.addresses("w", "db.corp", 5432, Duration.ofMillis(50)));
      assertThat(e.kind()).isEqualTo(EgressException.Kind.TIMEOUT);
    }
  }
}
