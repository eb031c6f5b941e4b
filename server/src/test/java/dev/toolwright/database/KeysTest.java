package dev.toolwright.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Every key begins with the workspace, so that the tables can be spread over machines by it.
@SuppressWarnings("NullAway.Init")
class KeysTest {
  /// Small, and needed on every machine: who signs in says no workspace, nodes and master keys
  /// belong to none.
  private static final Set<String> EVERYWHERE =
      Set.of("workspace", "account", "api_token", "node", "vault_key", "vault_node");

  private static TestDatabase test;

  @BeforeAll
  static void open() {
    test = TestDatabase.fresh();
  }

  @AfterAll
  static void close() {
    test.close();
  }

  private static List<String> found(String sql) {
    return test.database().direct(tx -> tx.handle().createQuery(sql).mapTo(String.class).list());
  }

  @Test
  void every_unique_key_begins_with_the_workspace() {
    assertThat(
            found(
                """
                select t.relname from pg_index x
                join pg_class t on t.oid = x.indrelid
                join pg_namespace s on s.oid = t.relnamespace
                left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
                where s.nspname = 'public' and x.indisunique and a.attname is distinct from 'workspace_id'
                """))
        .filteredOn(table -> !table.equals("flyway_schema_history"))
        .isSubsetOf(EVERYWHERE);
  }

  @Test
  void every_table_has_a_primary_key() {
    assertThat(
            found(
                """
                select t.relname from pg_class t join pg_namespace s on s.oid = t.relnamespace
                where s.nspname = 'public' and t.relkind = 'r'
                  and not exists (select from pg_index x where x.indrelid = t.oid and x.indisprimary)
                """))
        .isEmpty();
  }

  @Test
  void every_foreign_key_begins_with_the_workspace_or_points_to_what_is_everywhere() {
    assertThat(
            found(
                """
                select f.confrelid::regclass::text from pg_constraint f
                join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
                where f.contype = 'f' and a.attname <> 'workspace_id'
                """))
        .isSubsetOf(EVERYWHERE);
  }
}
