package architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import common.ErrorCode;
import common.command.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Dependencies between packages (common depends on no layer; batch, speed and serving only on
 * common; demo on all) and the packages that may use a library.
 *
 * <p>Plain JUnit tests because the build does not count the results of ArchUnit's own engine.
 */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("common", "batch", "speed", "serving", "demo");

  @Test
  void layersDependOnCommonAlone() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("common")
        .definedBy("common..")
        .layer("batch")
        .definedBy("batch..")
        .layer("speed")
        .definedBy("speed..")
        .layer("serving")
        .definedBy("serving..")
        .layer("demo")
        .definedBy("demo..")
        .whereLayer("demo")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("batch")
        .mayOnlyBeAccessedByLayers("demo")
        .whereLayer("speed")
        .mayOnlyBeAccessedByLayers("demo")
        .whereLayer("serving")
        .mayOnlyBeAccessedByLayers("demo")
        .check(CLASSES);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"common.(*)..", "batch.(*)..", "speed.(*)..", "speed.sink.(*)..", "serving.(*).."})
  void packagesOfALayerHaveNoCycle(String packages) {
    slices().matching(packages).should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyCommandsKnowCommands() {
    noClasses()
        .that()
        .resideInAnyPackage("batch.*..", "speed.*..", "serving.*..", "common..")
        .and()
        .areNotAssignableTo(Command.class)
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Command.class)
        .check(CLASSES);
  }

  @Test
  void picocliIsUsedByCommandsOnly() {
    assertUsedOnlyIn("picocli..", "batch", "speed", "serving", "demo", "common.command");
  }

  @Test
  void theConfigurationLibraryIsUsedBySettingsOnly() {
    assertUsedOnlyIn("com.typesafe.config..", "common.settings");
  }

  @Test
  void prometheusIsUsedByTelemetryOnly() {
    assertUsedOnlyIn("io.prometheus..", "common.telemetry");
    assertUsedOnlyIn("com.codahale.metrics..", "common.telemetry");
  }

  @Test
  void theHttpServerIsUsedByTheServerAndDuckDbByQueriesOnly() {
    assertUsedOnlyIn("io.javalin..", "serving.server");
    assertUsedOnlyIn("org.eclipse.jetty..", "serving.server");
    assertUsedOnlyIn("com.nimbusds..", "serving.server");
    assertUsedOnlyIn("org.duckdb..", "serving.query");
  }

  @Test
  void redisClientIsUsedByItsSinkAndByTheReaderOfNewestWindowsOnly() {
    assertUsedOnlyIn("redis.clients..", "common.redis", "speed.sink.redis", "serving.hot");
  }

  @Test
  void kafkasClientIsUsedByStreamingAndTheDemoOnly() {
    assertUsedOnlyIn("org.apache.kafka..", "common.streaming", "demo");
  }

  /** Besides the lake, maintenance needs OPTIMIZE and VACUUM, and the Delta sink needs MERGE. */
  @Test
  void deltaTablesAreUsedWhereTheirOwnOperationsAreNeededOnly() {
    assertUsedOnlyIn("io.delta.tables..", "common.lake", "batch.maintenance", "speed.sink.delta");
  }

  @Test
  void deltaKernelIsUsedByTheLakeOnly() {
    assertUsedOnlyIn("io.delta.kernel..", "common.lake");
  }

  @Test
  void everyErrorCodeIsReported() {
    assertThat(CLASSES.get(ErrorCode.class).getFields().stream())
        .filteredOn(field -> field.getRawType().isEquivalentTo(ErrorCode.class))
        .allSatisfy(
            code ->
                assertThat(code.getAccessesToSelf())
                    .as(code.getName())
                    .anyMatch(access -> !access.getOriginOwner().isEquivalentTo(ErrorCode.class)));
  }

  /** Subpackages are not included. */
  private static void assertUsedOnlyIn(String library, String... packages) {
    noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }
}
