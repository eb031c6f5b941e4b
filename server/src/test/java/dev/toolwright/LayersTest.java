package dev.toolwright;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.toolwright.database.Tx;
import dev.toolwright.egress.BodyReader;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Packages lie in layers; each knows lower ones only, and of its own layer those that are named
/// here.
class LayersTest {
  private static final String ROOT = "dev.toolwright";
  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/dev/toolwright/testing/"))
          .importPackages(ROOT);

  /// From the lowest to the highest. A package that is not here belongs to the nearest one above it
  /// that is.
  private static final List<Set<String>> LAYERS =
      List.of(
          Set.of("http", "database", "json", "expression", "config", "telemetry"),
          Set.of("model", "mcp", "container", "sandbox", "egress", "vault"),
          Set.of(
              "definition",
              "credit",
              "artifact",
              "idempotency",
              "limit",
              "account",
              "audit",
              "webhook"),
          Set.of("run", "connection", "approval", "material"),
          Set.of("tool"),
          Set.of("runner", "builtin"),
          Set.of("workflow", "agent", "delivery", "usage"),
          Set.of("importer", "market", "builtin.system", "catalog", "schedule"),
          Set.of("api"),
          Set.of("", "doctor"));

  /// Arrows inside a layer.
  private static final Map<String, Set<String>> BESIDE =
      Map.ofEntries(
          Map.entry("json", Set.of("http")),
          Map.entry("expression", Set.of("json")),
          Map.entry("database", Set.of("http", "json")),
          Map.entry("config", Set.of("database")),
          Map.entry("model", Set.of("egress", "vault")),
          Map.entry("mcp", Set.of("vault")),
          Map.entry("container", Set.of("egress")),
          Map.entry("account", Set.of("audit")),
          Map.entry("artifact", Set.of("account", "audit")),
          Map.entry("definition", Set.of("account", "audit")),
          Map.entry("approval", Set.of("run")),
          Map.entry("catalog", Set.of("importer")),
          Map.entry("workflow", Set.of("agent")),
          Map.entry("", Set.of("doctor")));

  private static final Map<String, Integer> HEIGHTS = heights();

  private static Map<String, Integer> heights() {
    var heights = new HashMap<String, Integer>();
    for (var height = 0; height < LAYERS.size(); height++) {
      for (var name : LAYERS.get(height)) {
        heights.put(name, height);
      }
    }
    return heights;
  }

  /// The declared package that a class lies in, such as `runner` for `dev.toolwright.runner.http`.
  private static String place(JavaClass one) {
    var name = one.getPackageName();
    name = name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
    while (!HEIGHTS.containsKey(name)) {
      var dot = name.lastIndexOf('.');
      if (dot < 0) {
        throw new AssertionError(one.getName() + " lies in no layer: add its package");
      }
      name = name.substring(0, dot);
    }
    return name;
  }

  private static boolean mayKnow(String from, String to) {
    return from.equals(to)
        || HEIGHTS.getOrDefault(from, 0) > HEIGHTS.getOrDefault(to, 0)
        || BESIDE.getOrDefault(from, Set.of()).contains(to);
  }

  @Test
  void packages_know_only_lower_ones() {
    var wrong = new TreeSet<String>();
    for (var one : CODE) {
      for (var dependency : one.getDirectDependenciesFromSelf()) {
        var target = dependency.getTargetClass();
        if (target.getPackageName().startsWith(ROOT) && !mayKnow(place(one), place(target))) {
          wrong.add(one.getName() + " -> " + target.getName());
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void faces_do_not_know_each_other() {
    var wrong = new TreeSet<String>();
    for (var one : CODE) {
      for (var dependency : one.getDirectDependenciesFromSelf()) {
        var from = one.getPackageName();
        var to = dependency.getTargetClass().getPackageName();
        if (from.startsWith(ROOT + ".api.")
            && to.startsWith(ROOT + ".api.")
            && !to.equals(from)
            && !to.equals(ROOT + ".api.web")) {
          wrong.add(one.getName() + " -> " + to);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void faces_pass_a_transaction_on_and_know_nothing_else_of_the_database() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".api..")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.<JavaClass>describe(
                "are of the database, except Tx",
                c ->
                    (c.getPackageName().startsWith(ROOT + ".database")
                            && !c.isEquivalentTo(Tx.class))
                        || c.getPackageName().startsWith("org.jdbi")
                        || c.getPackageName().startsWith("java.sql")))
        .check(CODE);
  }

  @Test
  void only_egress_and_the_database_open_connections() {
    var allowed =
        Set.of(
            // The operator's own checks of what this machine can reach.
            ROOT + ".doctor.Outside",
            // Exercises this very server on its loopback address.
            ROOT + ".Training");
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".egress..", ROOT + ".database..")
        .and(
            DescribedPredicate.<JavaClass>describe(
                "have no reason", c -> !allowed.contains(outermost(c).getName())))
        .should()
        .dependOnClassesThat(
            DescribedPredicate.<JavaClass>describe("open connections", LayersTest::connects))
        .check(CODE);
  }

  private static boolean connects(JavaClass one) {
    var name = one.getName();
    return name.startsWith("java.net.http.")
        || name.startsWith("org.apache.hc.")
        || name.startsWith("org.apache.http.")
        || name.startsWith("javax.net.")
        || Set.of(
                "java.net.Socket",
                "java.net.ServerSocket",
                "java.net.DatagramSocket",
                "java.net.URL",
                "java.net.URLConnection",
                "java.nio.channels.SocketChannel",
                "java.nio.channels.DatagramChannel",
                "java.sql.DriverManager")
            .contains(name);
  }

  private static JavaClass outermost(JavaClass one) {
    var outer = one;
    while (outer.getEnclosingClass().isPresent()) {
      outer = outer.getEnclosingClass().get();
    }
    return outer;
  }

  @Test
  void whoever_sends_for_a_workspace_names_it() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT, ROOT + ".egress..")
        .should()
        .callMethod(Egress.class, "send", EgressRequest.class)
        .orShould()
        .callMethod(Egress.class, "stream", EgressRequest.class, Duration.class, BodyReader.class)
        .check(CODE);
  }

  @Test
  void nobody_but_the_wiring_names_a_runner() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".runner..")
        .and()
        .doNotHaveFullyQualifiedName(ToolParts.class.getName())
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".runner..")
        .check(CODE);
  }
}
