package dev.toolwright;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.toolwright");

  @Test
  void features_form_no_cycles() {
    slices().matching("dev.toolwright.(*)..").should().beFreeOfCycles().check(CODE);
  }

  @Test
  void only_stores_speak_sql() {
    noClasses()
        .that()
        .haveNameNotMatching(".*Store(\\$.*)?")
        .and()
        .resideOutsideOfPackage("..database..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "org.jdbi..")
        .check(CODE);
  }

  @Test
  void time_comes_from_a_clock() {
    noClasses().should().callMethod(Instant.class, "now").check(CODE);
  }

  @Test
  void every_package_is_null_marked() {
    classes()
        .should()
        .beAssignableTo(
            DescribedPredicate.<JavaClass>describe(
                "a class in a @NullMarked package",
                c -> c.getPackage().isAnnotatedWith(NullMarked.class)))
        .check(CODE);
  }

  @Test
  void no_vague_class_names() {
    noClasses()
        .should()
        .haveNameMatching(".*(Manager|Helper|Utils?|Impl|Base|Abstract\\w*)$")
        .check(CODE);
  }

  /// But for the wiring, which is a list.
  @Test
  void no_source_file_is_longer_than_400_lines() throws IOException {
    try (var files = Files.walk(Path.of("src/main/java"))) {
      assertThat(files.filter(f -> f.toString().endsWith(".java")))
          .allSatisfy(f -> assertThat(Files.readAllLines(f)).as("%s", f).hasSizeLessThan(400));
    }
  }
}
