package dev.toolwright;

import static dev.toolwright.TestPlatform.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.account.Reach;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Who may call which route at all: every route of the server as nobody, as each role, with each
/// scope and from another workspace, and the page that says so. Whose objects a route shows is
/// `EveryNamedObjectTest`'s business.
@SuppressWarnings("NullAway.Init")
class RightsTest {
  private static final Path PAGE = Path.of("../docs/reference/rights.md");
  private static TestPlatform platform;
  private static List<Operation> operations;

  /// @param group empty: public
  private record Operation(String method, String path, String group, Role role, String summary) {
    boolean isPublic() {
      return group.isEmpty();
    }

    boolean allows(Somebody somebody) {
      return isPublic() || (somebody.role().includes(role) && somebody.reach().includes(group));
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private record Somebody(String token, Role role, Reach reach) {
    @Override
    public String toString() {
      return role.key() + " of scope " + reach.scope() + " with " + reach.groups();
    }
  }

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    operations = operations();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static List<Operation> operations() {
    var found = new ArrayList<Operation>();
    var description = platform.get(platform.root, "/openapi.json").as(200);
    for (var path : description.path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        var value = operation.getValue();
        var isPublic = value.path("security").isEmpty();
        found.add(
            new Operation(
                operation.getKey().toUpperCase(Locale.ROOT),
                path.getKey(),
                isPublic ? "" : value.path("tags").path(0).asString(),
                Role.of(value.path("x-role").asString("viewer")),
                value.path("summary").asString()));
      }
    }
    assertThat(found).hasSizeGreaterThan(40);
    return found;
  }

  /// Somebody new, made the way people are made.
  private static Somebody somebody(Role role, Reach reach) {
    var user =
        json("{}")
            .put("username", TestPlatform.name("rights"))
            .put("role", role.key())
            .put("scope", reach.scope());
    reach.groups().forEach(user.putArray("groups")::add);
    var id = platform.post(platform.root, "/api/users", user).as(201).path("id").asString();
    return new Somebody(token(id), role, reach);
  }

  private static String token(String userId) {
    var wanted = json("{'name':'rights'}").put("user_id", userId);
    return platform.post(platform.root, "/api/tokens", wanted).as(201).path("token").asString();
  }

  /// What a route answers that is called with ids that do not exist and a body that is no JSON: it
  /// can do nothing, but it tells whether one got in.
  private static int knock(Operation operation, @Nullable String token) {
    var path = operation.path().replaceAll("\\{[^}]*}|<[^>]*>", "nothing");
    var request =
        platform.request(operation.method(), path, operation.method().equals("GET") ? null : "{no");
    return platform.send(token == null ? request : request.header("X-Token", token)).status();
  }

  private static void check(Somebody somebody) {
    var softly = new SoftAssertions();
    for (var operation : operations) {
      var status =
          softly.assertThat(knock(operation, somebody.token())).as("%s as %s", operation, somebody);
      if (operation.allows(somebody)) {
        status.isNotIn(401, 403).isLessThan(500);
      } else {
        status.isEqualTo(403);
      }
    }
    softly.assertAll();
  }

  @Test
  void nobody_gets_in_but_where_it_is_public() {
    var softly = new SoftAssertions();
    for (var operation : operations) {
      var status = softly.assertThat(knock(operation, null)).as("%s", operation);
      if (operation.isPublic()) {
        status.isNotIn(401, 403);
      } else {
        status.isEqualTo(401);
      }
    }
    softly.assertAll();
  }

  @Test
  void each_role_gets_in_where_the_table_says() {
    for (var role : Role.values()) {
      check(somebody(role, new Reach(0, Set.of())));
    }
  }

  @Test
  void scope_1_reaches_all_but_administration_whatever_the_role() {
    check(somebody(Role.ADMIN, new Reach(1, Set.of())));
    check(somebody(Role.MEMBER, new Reach(1, Set.of(Reach.ADMINISTRATION))));
  }

  @Test
  void scope_2_reaches_the_granted_groups_and_no_other() {
    check(somebody(Role.ADMIN, new Reach(2, Set.of())));
    for (var group : groups()) {
      check(somebody(Role.ADMIN, new Reach(2, Set.of(group))));
    }
    check(somebody(Role.MEMBER, new Reach(2, Set.copyOf(Reach.GROUPS))));
  }

  @Test
  void an_admin_of_another_workspace_gets_in_and_finds_nothing_there() {
    check(new Somebody(platform.eve.token(), Role.ADMIN, new Reach(0, Set.of())));
  }

  private static Set<String> groups() {
    return operations.stream()
        .filter(operation -> !operation.isPublic())
        .map(Operation::group)
        .collect(Collectors.toSet());
  }

  @Test
  void every_route_belongs_to_a_group_that_can_be_granted() {
    assertThat(Reach.GROUPS).containsAll(groups());
  }

  @Test
  void administration_is_for_admins() {
    assertThat(operations)
        .filteredOn(operation -> operation.group().equals(Reach.ADMINISTRATION))
        .allMatch(operation -> operation.role() == Role.ADMIN);
  }

  @Test
  void the_page_of_rights_says_what_the_routes_say() throws IOException {
    if (Boolean.getBoolean("toolwright.write-docs")) {
      Files.writeString(PAGE, page());
    }
    assertThat(PAGE)
        .as("write it anew with mvn test -Dtest=RightsTest -Dtoolwright.write-docs=true")
        .hasContent(page());
  }

  private static String page() {
    var page =
        new StringBuilder(
            """
            # Rights
            Written from the routes themselves by a test.

            A route lets a caller in when two things allow it: the **role** in the workspace (`viewer` reads, `member` builds and runs, `admin` manages; each includes the one before) and the **scope** of the user: 0 reaches every endpoint group, 1 all but `admin`, 2 only the groups that were granted. Otherwise the answer is 403. What a caller may do with one object is decided after that: what they may not see answers 404.

            | method | path | group | least role | |
            |---|---|---|---|---|
            """);
    operations.stream()
        .sorted(Comparator.comparing(Operation::path).thenComparing(Operation::method))
        .forEach(operation ->
            page.append(
                "| %s | `%s` | %s | %s | %s |\n"
                    .formatted(
                        operation.method(),
                        operation.path(),
                        operation.isPublic() ? "public" : operation.group(),
                        operation.isPublic() ? "" : operation.role().key(),
                        operation.summary())));
    return page.append(
            """

            `/metrics` is public only while the server listens on a loopback address; otherwise it belongs to `admin`, least role admin.
            """)
        .toString();
  }

  @Test
  void a_group_that_is_taken_back_is_closed_at_once() {
    var user =
        platform
            .post(
                platform.root,
                "/api/users",
                json("{'username':'gus','scope':2,'groups':['tools']}"))
            .as(201);
    var id = user.path("id").asString();
    var token = token(id);
    var tools = platform.request("GET", "/agents/tools", null).header("X-Token", token);
    platform.send(tools).as(200);
    platform.put(platform.root, "/api/users/" + id + "/endpoints", json("{'groups':[]}")).as(200);
    assertThat(platform.send(tools).as(403).path("message").asString()).contains("tools");
    assertThat(Json.write(user)).doesNotContain(token);
  }
}
