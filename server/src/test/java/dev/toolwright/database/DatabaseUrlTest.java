package dev.toolwright.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseUrlTest {
  @Test
  void a_full_address_is_read_with_its_encoded_characters() {
    assertThat(
            DatabaseUrl.parse(
                "postgresql://me%40corp:p%40ss+%2F@db.test:6432/tools?sslmode=require"))
        .isEqualTo(
            new DatabaseAddress(
                "jdbc:postgresql://db.test:6432/tools?sslmode=require", "me@corp", "p@ss+/"));
  }

  @Test
  void port_and_password_may_be_left_out_and_the_host_may_be_an_ipv6_address() {
    assertThat(DatabaseUrl.parse("postgres://me@[::1]/tools"))
        .isEqualTo(new DatabaseAddress("jdbc:postgresql://[::1]:5432/tools", "me", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "mysql://u:hidden@h/d, does not begin with postgresql://",
    "jdbc:postgresql://u:hidden@h/d, without jdbc:",
    "postgresql://h/d, names no user",
    "postgresql://:hidden@h/d, names no user",
    "postgresql://u:hidden@h, names no database",
    "postgresql://u:hidden@h/, names no database",
    "'postgresql://u:hidden@h1,h2/d', names no",
    "postgresql://u:hid#den@h/d, names no",
    "postgresql://u:hidden%zz@h/d, percent-encoded",
    "postgresql://u:hidden@h/d?sslmode=maybe, sslmode=maybe is unknown",
    "postgresql://u:hidden@h/d?loggerFile=x, parameter loggerFile is unknown",
  })
  void a_wrong_address_is_explained_without_its_password(String url, String explanation) {
    assertThatThrownBy(() -> DatabaseUrl.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(explanation)
        .hasMessageNotContaining("hidden");
  }
}
