package dev.toolwright.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ReachTest {
  private static final Reach ALL = new Reach(0, Set.of());
  private static final Reach BUSINESS = new Reach(1, Set.of());
  private static final Reach EVERY_GROUP = new Reach(2, Set.copyOf(Reach.GROUPS));

  @Test
  void only_scope_0_covers_scope_0() {
    assertThat(ALL.covers(ALL)).isTrue();
    assertThat(BUSINESS.covers(ALL)).isFalse();
    assertThat(EVERY_GROUP.covers(ALL)).isFalse();
  }

  @Test
  void a_reach_covers_what_it_includes() {
    assertThat(EVERY_GROUP.covers(BUSINESS)).isTrue();
    assertThat(BUSINESS.covers(EVERY_GROUP)).isFalse();
    assertThat(BUSINESS.covers(new Reach(2, Set.of("tools", "mcp")))).isTrue();
    assertThat(new Reach(2, Set.of("tools")).covers(new Reach(2, Set.of("mcp")))).isFalse();
    assertThat(new Reach(2, Set.of()).covers(new Reach(2, Set.of()))).isTrue();
  }

  @Test
  void groups_of_scope_1_add_nothing() {
    assertThat(new Reach(1, Set.of(Reach.ADMINISTRATION)).includes(Reach.ADMINISTRATION)).isFalse();
  }

  @Test
  void an_administrator_has_both_the_role_and_the_reach() {
    assertThat(caller(Role.ADMIN, 0).administers()).isTrue();
    assertThat(caller(Role.ADMIN, 1).administers()).isFalse();
    assertThat(caller(Role.MEMBER, 0).administers()).isFalse();
  }

  private static Caller caller(Role role, int scope) {
    return new Caller("ws_1", "user_1", "ada", role, scope, Set.of());
  }
}
