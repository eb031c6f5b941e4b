package dev.toolwright.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TestDatabaseTest {
  @Test
  void databases_of_two_tests_have_the_schema_and_do_not_see_each_other() {
    try (var first = TestDatabase.fresh();
        var second = TestDatabase.fresh()) {
      first
          .database()
          .useTx(tx -> tx.handle().execute("create table only_here (id int primary key)"));
      assertThat(tables(first)).contains("workspace", "only_here");
      assertThat(tables(second)).contains("workspace").doesNotContain("only_here");
    }
  }

  @Test
  void the_server_runs_sql_as_the_owner_and_not_as_superuser() {
    try (var test = TestDatabase.fresh()) {
      var superuser =
          test.database()
              .direct(tx ->
                  tx.handle()
                      .select("select usesuper from pg_user where usename = current_user")
                      .mapTo(Boolean.class)
                      .one());
      assertThat(superuser).isFalse();
    }
  }

  private static List<String> tables(TestDatabase test) {
    return test.database()
        .direct(tx ->
            tx.handle()
                .select("select tablename from pg_tables where schemaname = 'public'")
                .mapTo(String.class)
                .list());
  }
}
