package dev.toolwright.database.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerUserTest {
  @Test
  void root_hands_over_a_directory_and_its_links_and_anybody_else_is_told_whose_it_is(
      @TempDir Path place) throws Exception {
    var data = Files.createDirectory(place.resolve("data"));
    var outside = Files.createFile(place.resolve("outside"));
    var link = Files.createSymbolicLink(data.resolve("link"), outside);
    var other = new ServerUser(List.of(), 12345, 12345);
    if (ServerUser.startedByRoot()) {
      other.own(data);
      assertThat(List.of(owner(data), owner(link), owner(outside)))
          .containsExactly(12345, 12345, 0);
    } else {
      assertThatThrownBy(() -> other.own(data))
          .isInstanceOf(EmbeddedPostgresException.class)
          .hasMessageContaining("belongs to another user");
    }
  }

  @Test
  void root_never_runs_postgresql_as_root() throws Exception {
    var user = ServerUser.able(Path.of("/bin/echo"));
    var uid = Command.run(Path.of("/"), 5, user.command(Path.of("/usr/bin/id"), List.of("-u")));
    assertThat(uid.output()).isNotEqualTo("0");
  }

  @Test
  void a_program_that_cannot_be_run_is_named_with_the_way_out() {
    if (ServerUser.startedByRoot()) {
      assertThatThrownBy(() -> ServerUser.able(Path.of("/nowhere/postgres")))
          .isInstanceOf(EmbeddedPostgresException.class)
          .hasMessageContaining("/nowhere/postgres")
          .hasMessageContaining("TOOLWRIGHT_DATABASE_URL");
    }
  }

  private static int owner(Path path) throws Exception {
    return (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }
}
