package architecture;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The arrows between the rooms: common knows nobody, batch, speed and serving know common alone.
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
  static final ArchRule NO_CIRCLES = slices().matching("common.(*)..").should().beFreeOfCycles();
}
