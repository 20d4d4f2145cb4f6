package architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import common.command.Command;

/**
 * Which packages depend on which: common on no layer, batch, speed and serving on common alone; and
 * where a library may be used.
 */
@AnalyzeClasses(
    packages = {"common", "batch", "speed", "serving", "demo"},
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule ROOMS =
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
          .mayOnlyBeAccessedByLayers("demo");

  @ArchTest
  static final ArchRule NO_CYCLE_IN_COMMON =
      slices().matching("common.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_CYCLE_IN_BATCH =
      slices().matching("batch.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_CYCLE_IN_SPEED =
      slices().matching("speed.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_CYCLE_AMONG_SINKS =
      slices().matching("speed.sink.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_CYCLE_IN_SERVING =
      slices().matching("serving.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ROOMS_BELOW_A_LAYER_KNOW_NO_COMMAND =
      noClasses()
          .that()
          .resideInAnyPackage("batch.*..", "speed.*..", "serving.*..", "common..")
          .and()
          .areNotAssignableTo(Command.class)
          .should()
          .dependOnClassesThat()
          .areAssignableTo(Command.class);

  @ArchTest
  static final ArchRule PICOCLI_IN_COMMANDS_ONLY =
      onlyIn("picocli..", "batch", "speed", "serving", "demo", "common.command");

  @ArchTest
  static final ArchRule CONFIG_IN_SETTINGS_ONLY =
      onlyIn("com.typesafe.config..", "common.settings");

  @ArchTest
  static final ArchRule KAFKA_CLIENT_IN_STREAMING_AND_DEMO_ONLY =
      onlyIn("org.apache.kafka..", "common.streaming", "demo");

  /** Beside the lake: the merges of the Delta sink and of compaction, and OPTIMIZE and VACUUM. */
  @ArchTest
  static final ArchRule DELTA_TABLES_IN_THE_LAKE_AND_WHERE_NEEDED_ONLY =
      onlyIn(
          "io.delta.tables..",
          "common.lake",
          "batch.maintenance",
          "speed.sink.delta",
          "serving.compaction");

  @ArchTest
  static final ArchRule DELTA_KERNEL_IN_THE_LAKE_ONLY = onlyIn("io.delta.kernel..", "common.lake");

  /** Packages are meant without those below them. */
  private static ArchRule onlyIn(String library, String... packages) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library);
  }
}
