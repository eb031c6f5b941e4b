package dev.toolwright.api.enterprise;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.Answer;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Users, workspaces, tokens and tool grants on the Enterprise face, on the whole server.
@SuppressWarnings("NullAway.Init")
class PeopleTest {
  private static final String PASSWORD = "correct horse";
  private static final String CODE = "def run(parameters, context):\n    return 1\n";
  private static TestPlatform platform;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static JsonNode create(String fields) {
    var body = json(fields);
    if (!body.has("username")) {
      body.put("username", name("person"));
    }
    return platform.post(platform.root, "/api/users", body).as(201);
  }

  private static String of(String id) {
    return "/api/users/" + id;
  }

  private static String id(User user) {
    return user.caller().userId();
  }

  private static JsonNode tokenFor(User by, String userId, String name) {
    return platform
        .post(by, "/api/tokens", Json.object().put("name", name).put("user_id", userId))
        .as(201);
  }

  private static Answer signIn(String username, String password) {
    var body = Json.object().put("username", username).put("password", password);
    return platform.send(platform.request("POST", "/token/get_token", Json.write(body)));
  }

  private static Answer with(String token, String method, String path, ObjectNode body) {
    var text = method.equals("GET") ? null : Json.write(body);
    return platform.send(platform.request(method, path, text).header("X-Token", token));
  }

  private static int callsMe(String token) {
    return with(token, "GET", of("me"), Json.object()).status();
  }

  private static List<String> messages(JsonNode error) {
    var messages = new ArrayList<String>();
    error.path("message").forEach(message -> messages.add(message.asString()));
    return messages.isEmpty() ? List.of(error.path("message").asString()) : messages;
  }

  private static int audited(String event, String subject) {
    return platform.one(
        "select count(*) from audit where user_id is not null and event = '%s' and subject = '%s'"
            .formatted(event, subject),
        Integer.class);
  }

  @Test
  void a_user_is_made_shown_and_signs_in() {
    var made = create("{'username':'Grace.H@corp','password':'" + PASSWORD + "'}");
    assertThat(made.propertyNames())
        .containsExactlyInAnyOrder(
            "id",
            "workspace_id",
            "username",
            "role",
            "scope",
            "groups",
            "active",
            "has_password",
            "created_at");
    assertThat(made.path("role").asString()).isEqualTo("member");
    assertThat(made.path("scope").asInt()).isEqualTo(1);
    assertThat(made.path("created_at").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    var id = made.path("id").asString();
    assertThat(platform.get(platform.root, of(id)).as(200)).isEqualTo(made);
    var token = signIn("grace.h@CORP", PASSWORD).as(200).path("token").asString();
    assertThat(with(token, "GET", of("me"), Json.object()).as(200)).isEqualTo(made);
    assertThat(with(token, "GET", of(id), Json.object()).as(200)).isEqualTo(made);
    assertThat(audited("user_created", id)).isEqualTo(1);
    assertThat(
            platform
                .post(platform.root, "/api/users", json("{'username':'GRACE.h@corp'}"))
                .status())
        .isEqualTo(409);
  }

  @Test
  void every_fault_of_a_new_user_is_told_at_once() {
    var faulty =
        json(
            "{'username':'-x','password':'short','role':'boss','scope':3,'groups':['agents','moon'],'activ':1}");
    assertThat(messages(platform.post(platform.root, "/api/users", faulty).as(400)))
        .hasSize(6)
        .anySatisfy(text -> assertThat(text).startsWith("username must be"))
        .anySatisfy(text -> assertThat(text).startsWith("password must have at least 10"))
        .anySatisfy(text -> assertThat(text).startsWith("role must be one of viewer, member"))
        .anySatisfy(text -> assertThat(text).startsWith("scope must be from 0 to 2"))
        .anySatisfy(text -> assertThat(text).startsWith("groups[1] must be one of agents"))
        .anySatisfy(text -> assertThat(text).startsWith("unknown field"));
    assertThat(messages(platform.post(platform.root, "/api/users", json("{}")).as(400)))
        .containsExactly("username is required");
  }

  @Test
  void the_list_is_searched_and_paged() {
    for (var i = 0; i < 3; i++) {
      create("{'username':'searched-" + i + "'}");
    }
    var page = platform.get(platform.root, "/api/users?search=SEARCHED&limit=2&page=2").as(200);
    assertThat(page.path("count").asInt()).isEqualTo(3);
    assertThat(page.path("users")).hasSize(1);
    assertThat(page.path("users").path(0).path("username").asString()).isEqualTo("searched-2");
    assertThat(platform.get(platform.root, "/api/users?search=%25").as(200).path("users"))
        .isEmpty();
  }

  @Test
  void others_users_do_not_exist_for_who_is_no_admin() {
    for (var path : List.of("", "/tools", "/endpoints", "/credits", "/credits/statement")) {
      platform.get(platform.ada, of(id(platform.ada)) + path).as(200);
      platform.get(platform.ada, of(id(platform.bob)) + path).as(404);
      platform.get(platform.vera, of("me") + path).as(200);
      platform.get(platform.root, of("user_unknown") + path).as(404);
    }
    platform.get(platform.ada, "/api/tokens?user_id=" + id(platform.bob)).as(404);
  }

  @Test
  void a_change_of_rights_counts_at_once() {
    var made = create("{}");
    var id = made.path("id").asString();
    var token = tokenFor(platform.root, id, "work").path("token").asString();
    var agent = json("{'name':'a','instructions':'b'}");
    with(token, "POST", "/agents/create", agent).as(200);
    var changed = platform.put(platform.root, of(id), json("{'role':'viewer'}")).as(200);
    assertThat(changed.path("role").asString()).isEqualTo("viewer");
    assertThat(changed.path("scope").asInt()).isEqualTo(1);
    with(token, "POST", "/agents/create", agent).as(403);
    assertThat(audited("user_changed", id)).isEqualTo(1);
    platform.put(platform.root, of(id), changed.deepCopy()).as(200);
    assertThat(audited("user_changed", id)).isEqualTo(1);
    assertThat(messages(platform.put(platform.root, of(id), json("{'username':'else'}")).as(400)))
        .containsExactly("username cannot be changed");
  }

  @Test
  void a_deactivated_users_tokens_die_at_once_and_stay_dead() {
    var made = create("{'password':'" + PASSWORD + "'}");
    var id = made.path("id").asString();
    var username = made.path("username").asString();
    var token = tokenFor(platform.root, id, "work").path("token").asString();
    assertThat(callsMe(token)).isEqualTo(200);
    assertThat(platform.delete(platform.root, of(id)).as(200).path("active").asBoolean()).isFalse();
    assertThat(callsMe(token)).isEqualTo(401);
    signIn(username, PASSWORD).as(401);
    platform.delete(platform.root, of(id)).as(200);
    assertThat(audited("user_deactivated", id)).isEqualTo(1);
    platform
        .post(platform.root, "/api/tokens", Json.object().put("name", "late").put("user_id", id))
        .as(409);
    platform.put(platform.root, of(id), json("{'active':true}")).as(200);
    assertThat(callsMe(token)).isEqualTo(401);
    signIn(username, PASSWORD).as(200);
  }

  @Test
  void the_last_full_admin_can_be_neither_removed_nor_demoted() {
    var eve = of(id(platform.eve));
    platform.delete(platform.eve, eve).as(409);
    platform.put(platform.eve, eve, json("{'role':'member'}")).as(409);
    platform.put(platform.eve, eve, json("{'active':false}")).as(409);
    platform.put(platform.eve, eve + "/endpoints", json("{'scope':1}")).as(409);
    var second =
        platform
            .post(
                platform.eve,
                "/api/users",
                json("{'role':'admin'}").put("username", name("second")))
            .as(201);
    assertThat(second.path("scope").asInt()).isZero();
    var other = second.path("id").asString();
    platform.put(platform.eve, of(other) + "/endpoints", json("{'scope':1}")).as(200);
    platform.delete(platform.eve, eve).as(409);
    platform.get(platform.eve, eve).as(200);
  }

  @Test
  void nobody_gives_or_manages_more_than_they_have() {
    var limited = create("{'role':'admin','scope':2,'groups':['admin','enterprise','tools']}");
    var token =
        tokenFor(platform.root, limited.path("id").asString(), "work").path("token").asString();
    with(token, "GET", "/api/users", Json.object()).as(200);
    var username = name("given");
    for (var more :
        List.of("{'scope':0}", "{'scope':1}", "{'role':'admin'}", "{'scope':2,'groups':['mcp']}")) {
      with(token, "POST", "/api/users", json(more).put("username", username)).as(403);
    }
    var root = id(platform.root);
    with(token, "PUT", of(root), json("{'role':'viewer'}")).as(403);
    with(token, "DELETE", of(root), Json.object()).as(403);
    with(token, "PUT", of(root) + "/password", json("{'password':'battery staple'}")).as(403);
    with(token, "POST", "/api/tokens", json("{'name':'x'}").put("user_id", root)).as(403);
    with(token, "POST", "/api/workspaces", workspace(name("mine"), name("boss"))).as(403);
    var itself = of(limited.path("id").asString());
    with(token, "PUT", itself + "/endpoints", json("{'scope':0}")).as(403);
    with(
            token,
            "POST",
            "/api/users",
            json("{'scope':2,'groups':['tools']}").put("username", username))
        .as(201);
  }

  @Test
  void endpoints_tell_what_role_and_scope_allow_together() {
    var id = create("{'scope':2,'groups':['mcp','admin']}").path("id").asString();
    var shown = platform.get(platform.root, of(id) + "/endpoints").as(200);
    assertThat(shown.path("groups").toString()).isEqualTo("[\"admin\",\"mcp\"]");
    assertThat(shown.path("effective").toString()).isEqualTo("[\"mcp\"]");
    assertThat(shown.path("available")).hasSize(9);
    var changed = platform.put(platform.root, of(id) + "/endpoints", json("{'scope':1}")).as(200);
    assertThat(changed.path("effective")).hasSize(8);
    assertThat(changed.path("groups")).hasSize(2);
    platform.put(platform.root, of(id) + "/endpoints", json("{}")).as(400);
  }

  @Test
  void ones_own_password_needs_the_old_one_and_ends_other_sign_ins() {
    var made = create("{'password':'" + PASSWORD + "'}");
    var id = made.path("id").asString();
    var username = made.path("username").asString();
    var named = tokenFor(platform.root, id, "robot").path("token").asString();
    var old = signIn(username, PASSWORD).as(200).path("token").asString();
    var here = signIn(username, PASSWORD).as(200).path("token").asString();
    var path = of("me") + "/password";
    var wanted = json("{'password':'battery staple'}");
    with(here, "PUT", path, wanted).as(400);
    with(here, "PUT", path, wanted.deepCopy().put("current_password", "wrong")).as(403);
    var changed = with(here, "PUT", path, wanted.deepCopy().put("current_password", PASSWORD));
    assertThat(changed.as(200).toString()).doesNotContain("battery");
    assertThat(callsMe(old)).isEqualTo(401);
    assertThat(callsMe(here)).isEqualTo(200);
    assertThat(callsMe(named)).isEqualTo(200);
    signIn(username, PASSWORD).as(401);
    signIn(username, "battery staple").as(200);
    assertThat(audited("password_changed", id)).isEqualTo(1);
  }

  @Test
  void an_admin_sets_anothers_password_and_ends_every_sign_in() {
    var made = create("{'password':'" + PASSWORD + "'}");
    var session =
        signIn(made.path("username").asString(), PASSWORD).as(200).path("token").asString();
    platform
        .put(
            platform.root,
            of(made.path("id").asString()) + "/password",
            json("{'password':'battery staple'}"))
        .as(200);
    assertThat(callsMe(session)).isEqualTo(401);
  }

  @Test
  void guesses_at_the_old_password_are_slowed() {
    var made = create("{'password':'" + PASSWORD + "'}");
    var token =
        tokenFor(platform.root, made.path("id").asString(), "work").path("token").asString();
    var guess = json("{'password':'battery staple','current_password':'wrong'}");
    for (var i = 0; i < 5; i++) {
      with(token, "PUT", of("me") + "/password", guess).as(403);
    }
    with(token, "PUT", of("me") + "/password", guess).as(429);
  }

  @Test
  void a_token_is_shown_once_listed_without_itself_and_revoked_at_once() {
    var user = platform.newUser(Role.VIEWER);
    var wanted = json("{'name':'laptop','expires_at':'2099-01-01'}");
    var issued =
        platform
            .send(
                platform
                    .request("POST", "/api/tokens", Json.write(wanted))
                    .header("X-Token", user.token())
                    .header("Idempotency-Key", "once"))
            .as(201);
    var token = issued.path("token").asString();
    assertThat(issued.path("expires_at").asString()).isEqualTo("2099-01-01T00:00:00Z");
    platform
        .send(
            platform
                .request("POST", "/api/tokens", Json.write(wanted))
                .header("X-Token", user.token())
                .header("Idempotency-Key", "once"))
        .as(409);
    var list = with(token, "GET", "/api/tokens", Json.object()).as(200);
    assertThat(list.path("count").asInt()).isEqualTo(2);
    assertThat(list.toString()).doesNotContain(token);
    assertThat(list.path("tokens").path(0).path("name").asString()).isEqualTo("laptop");
    assertThat(list.path("tokens").path(0).path("current").asBoolean()).isTrue();
    assertThat(list.path("tokens").path(1).path("current").asBoolean()).isFalse();
    var path = "/api/tokens/" + issued.path("id").asString();
    platform.delete(platform.bob, path).as(404);
    platform.delete(user, path).as(200);
    assertThat(callsMe(token)).isEqualTo(401);
    platform.delete(user, path).as(404);
    assertThat(audited("token_revoked", issued.path("id").asString())).isEqualTo(1);
  }

  @Test
  void a_token_needs_a_name_of_its_own_and_a_future() {
    for (var faulty :
        List.of(
            "{}",
            "{'name':''}",
            "{'name':'get_token'}",
            "{'name':' Get_Token'}",
            "{'name':'x','expires_at':'2020-01-01T00:00:00Z'}",
            "{'name':'x','expires_at':'tomorrow'}",
            "{'name':'x','expires':'2099-01-01'}")) {
      platform.post(platform.ada, "/api/tokens", json(faulty)).as(400);
    }
    platform.post(platform.ada, "/api/tokens", tokenOf(platform.bob)).as(404);
  }

  private static ObjectNode tokenOf(User user) {
    return Json.object().put("name", "x").put("user_id", id(user));
  }

  @Test
  void a_user_has_at_most_a_hundred_live_tokens() {
    var user = platform.newUser(Role.MEMBER);
    platform.sql(
        """
        insert into api_token (workspace_id, id, user_id, name, hash)
        select workspace_id, 'token_many_' || n, id, 'many', sha256(n::text::bytea)
        from account, generate_series(1, 99) n where id = '%s'
        """
            .formatted(id(user)));
    platform.post(user, "/api/tokens", json("{'name':'one more'}")).as(409);
  }

  private static ObjectNode workspace(String name, String admin) {
    var body = Json.object().put("name", name);
    body.putObject("admin").put("username", admin).put("password", PASSWORD);
    return body;
  }

  @Test
  void a_workspace_is_opened_with_its_admin_and_closed_for_good() {
    var name = name("lab");
    var admin = name("boss");
    var opened = platform.post(platform.root, "/api/workspaces", workspace(name, admin)).as(201);
    var id = opened.path("id").asString();
    var token = signIn(admin, PASSWORD).as(200).path("token").asString();
    var me = with(token, "GET", of("me"), Json.object()).as(200);
    assertThat(me.path("role").asString()).isEqualTo("admin");
    assertThat(me.path("workspace_id").asString()).isEqualTo(id);
    var own = with(token, "GET", "/api/workspaces", Json.object()).as(200);
    assertThat(own.path("count").asInt()).isEqualTo(1);
    assertThat(own.path("workspaces").path(0).path("name").asString()).isEqualTo(name);
    assertThat(platform.get(platform.root, "/api/workspaces").as(200).path("count").asInt())
        .isGreaterThan(2);
    with(token, "POST", "/api/workspaces", workspace(name("x"), name("y"))).as(403);
    with(token, "DELETE", "/api/workspaces/" + id, Json.object()).as(403);
    var closed = platform.delete(platform.root, "/api/workspaces/" + id).as(200);
    assertThat(closed.path("closed_at").asString()).endsWith("Z");
    assertThat(callsMe(token)).isEqualTo(401);
    signIn(admin, PASSWORD).as(401);
    assertThat(audited("workspace_opened", id)).isEqualTo(1);
    platform.delete(platform.root, "/api/workspaces/" + id).as(200);
    assertThat(audited("workspace_closed", id)).isEqualTo(1);
  }

  @Test
  void a_workspace_whose_admin_cannot_be_made_is_not_made_either() {
    var name = name("half");
    platform.post(platform.root, "/api/workspaces", workspace(name, "ADA")).as(409);
    platform.post(platform.root, "/api/workspaces", workspace(name, name("whole"))).as(201);
    platform.post(platform.root, "/api/workspaces", workspace(name, name("again"))).as(409);
    assertThat(
            messages(platform.post(platform.root, "/api/workspaces", json("{'admin':{}}")).as(400)))
        .hasSize(3);
  }

  @Test
  void what_a_closed_workspace_published_is_no_longer_seen() {
    var admin = name("publisher");
    var opened =
        platform.post(platform.root, "/api/workspaces", workspace(name("lab"), admin)).as(201);
    var token = signIn(admin, PASSWORD).as(200).path("token").asString();
    var tool = name("published");
    with(token, "POST", "/agents/tools/create", function(tool, CODE)).as(200);
    platform.sql("update definition set visibility = 'public' where name = '" + tool + "'");
    assertThat(reasons(platform.bob, "me", tool)).containsExactly("public");
    platform.delete(platform.root, "/api/workspaces/" + opened.path("id").asString()).as(200);
    assertThat(reasons(platform.bob, "me", tool)).isEmpty();
  }

  @Test
  void two_admins_who_remove_each_other_at_once_leave_one() throws Exception {
    for (var round = 0; round < 5; round++) {
      var names = List.of(name("left"), name("right"));
      var opened =
          platform
              .post(platform.root, "/api/workspaces", workspace(name("duel"), names.getFirst()))
              .as(201);
      var left = signIn(names.getFirst(), PASSWORD).as(200).path("token").asString();
      var leftId = opened.path("admin").path("id").asString();
      var body = json("{'role':'admin','password':'" + PASSWORD + "'}");
      var rightId =
          with(left, "POST", "/api/users", body.put("username", names.getLast()))
              .as(201)
              .path("id")
              .asString();
      var right = signIn(names.getLast(), PASSWORD).as(200).path("token").asString();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var one = threads.submit(() -> with(left, "DELETE", of(rightId), Json.object()));
        var other = threads.submit(() -> with(right, "DELETE", of(leftId), Json.object()));
        assertThat(List.of(one.get().status(), other.get().status()))
            .containsOnlyOnce(200)
            .containsAnyOf(401, 409);
      }
      assertThat(
              platform.one(
                  "select count(*) from account where active and workspace_id = '%s'"
                      .formatted(opened.path("id").asString()),
                  Integer.class))
          .isEqualTo(1);
    }
  }

  @Test
  void the_first_workspace_stays() {
    var path = "/api/workspaces/" + platform.ada.caller().workspaceId();
    platform.delete(platform.root, path).as(409);
    platform.get(platform.ada, path).as(200);
    platform.get(platform.eve, path).as(404);
    platform.delete(platform.ada, path).as(403);
  }

  private static List<String> reasons(User by, String user, String tool) {
    var found = new ArrayList<String>();
    for (var access : platform.get(by, of(user) + "/tools").as(200).path("tools")) {
      if (access.path("tool_name").asString().equals(tool)) {
        found.add(access.path("reason").asString());
      }
    }
    return found;
  }

  @Test
  void an_admin_grants_tools_by_name_and_takes_them_back() {
    var tool = name("granted");
    platform.tool(platform.ada, function(tool, CODE));
    var bob = id(platform.bob);
    assertThat(reasons(platform.root, id(platform.ada), tool)).containsExactly("owner");
    assertThat(reasons(platform.root, bob, tool)).isEmpty();
    platform.get(platform.bob, "/agents/tools/" + tool).as(404);
    var body = Json.object().set("tools", Json.array().add(tool));
    platform.post(platform.root, of(bob) + "/tools", body).as(201);
    assertThat(reasons(platform.bob, "me", tool)).containsExactly("granted");
    platform.get(platform.bob, "/agents/tools/" + tool).as(200);
    platform.test(platform.bob, tool, Json.object());
    platform
        .send(
            platform
                .request("DELETE", of(bob) + "/tools", Json.write(body))
                .header("X-Token", platform.root.token()))
        .as(200);
    assertThat(reasons(platform.bob, "me", tool)).isEmpty();
    platform.get(platform.bob, "/agents/tools/" + tool).as(404);
    platform.put(platform.ada, "/agents/tools/" + tool, json("{'is_shared':true}")).as(200);
    assertThat(reasons(platform.bob, "me", tool)).containsExactly("org");
  }

  @Test
  void a_grant_of_unknown_tools_names_them_and_does_nothing() {
    var tool = name("known");
    platform.tool(platform.ada, function(tool, CODE));
    var body = Json.object();
    body.putArray("tools").add(tool).add("no_such").add("nor_this");
    var refusal = platform.post(platform.root, of(id(platform.bob)) + "/tools", body).as(404);
    assertThat(refusal.path("details").path("tools").toString())
        .isEqualTo("[\"no_such\",\"nor_this\"]");
    assertThat(reasons(platform.bob, "me", tool)).isEmpty();
    platform.post(platform.root, of(id(platform.bob)) + "/tools", json("{'tools':[]}")).as(400);
    platform.post(platform.ada, of(id(platform.ada)) + "/tools", body).as(403);
  }
}
