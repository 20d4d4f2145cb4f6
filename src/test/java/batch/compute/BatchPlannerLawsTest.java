package batch.compute;

import static org.assertj.core.api.Assertions.assertThat;

import common.lake.TableState;
import common.metrics.DateRange;
import common.metrics.Dates;
import common.metrics.Measure;
import common.metrics.MeasureKind;
import common.metrics.View;
import common.metrics.Window;
import common.ops.Run;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.spark.sql.types.StructType;

/** Laws of run planning, for any events in the master dataset. */
class BatchPlannerLawsTest {
  private static final LocalDate DAY = LocalDate.parse("2026-01-31");
  private static final TableState MASTER = new TableState(9, "m", new StructType(), Map.of(), 1);
  private static final TableState TABLE = new TableState(5, "t", new StructType(), Map.of(), 1);

  private final View hopping =
      new View(
          "v",
          List.of("device_id"),
          new Window.Hopping(Duration.ofHours(2), Duration.ofHours(1)),
          List.of(new Measure("n", MeasureKind.COUNT, "1")),
          List.of("device_id"));

  @Property(tries = 1000)
  void anIncrementalRunComputesEveryDateThatAnEventTouchedAndCountsTheWholeMaster(
      @ForAll("changes") Map<LocalDate, Instant> changes) {
    Run last = run(Optional.of(4L), "m", Instant.parse("2026-02-01T00:00:00Z"));
    BatchPlan plan =
        planner(new BatchRequest.Incremental(), Optional.of(last)).incremental(changes);

    assertThat(plan instanceof BatchPlan.Idle).isEqualTo(changes.isEmpty());
    List<LocalDate> replaced =
        plan.replacedDates().map(Dates::days).stream().flatMap(d -> d).toList();
    for (LocalDate touched : changes.keySet()) {
      // A two-hour window that starts the evening before also contains the event.
      assertThat(replaced).contains(touched, touched.minusDays(1));
    }

    assertThat(plan.basis().input().from()).hasValue(4L);
    assertThat(plan.basis().input().to()).isEqualTo(MASTER.version());
    assertThat(plan.basis().input().completeTo()).hasValue(MASTER.version());
    assertThat(plan.basis().last()).hasValue(last.id());
    assertThat(plan.basis().input().newestEvent().orElseThrow())
        .isAfterOrEqualTo(last.input().newestEvent().orElseThrow());
    changes
        .values()
        .forEach(
            newest ->
                assertThat(plan.basis().input().newestEvent().orElseThrow())
                    .isAfterOrEqualTo(newest));
  }

  @Property(tries = 200)
  void aRunOverDatesComputesThoseAndClaimsNothingMore(
      @ForAll("dates") LocalDate from, @ForAll("completeness") Optional<Long> completeTo) {
    DateRange range = new DateRange(from, from.plusDays(40_000));
    Run last = run(completeTo, "m", Instant.EPOCH);
    BatchPlan plan =
        planner(new BatchRequest.Days(range), Optional.of(last))
            .whole(Optional.empty(), Optional.empty());

    assertThat(plan.replacedDates()).hasValue(Dates.of(range));
    assertThat(plan.basis().input().completeTo()).isEqualTo(completeTo);
  }

  @Example
  void aRunOverAMasterThatIsGoneSaysNothingOfTheOneThatIsThere() {
    Optional<Run> last = Optional.of(run(Optional.of(4L), "another", Instant.EPOCH));

    assertThat(planner(new BatchRequest.Incremental(), last).changesAfter()).isEmpty();
    assertThat(
            planner(
                    new BatchRequest.Incremental(),
                    Optional.of(run(Optional.of(4L), "m", Instant.EPOCH)))
                .changesAfter())
        .hasValue(4L);
    assertThat(planner(new BatchRequest.Whole(), last).changesAfter()).isEmpty();
  }

  @Provide
  Arbitrary<Map<LocalDate, Instant>> changes() {
    return Arbitraries.maps(dates(), Arbitraries.integers().between(0, 86_399))
        .ofMaxSize(20)
        .map(
            seconds -> {
              Map<LocalDate, Instant> newest = new HashMap<>();
              seconds.forEach(
                  (date, second) ->
                      newest.put(
                          date, date.atStartOfDay(ZoneOffset.UTC).toInstant().plusSeconds(second)));
              return newest;
            });
  }

  @Provide
  Arbitrary<LocalDate> dates() {
    return Arbitraries.integers().between(-60, 60).map(DAY::plusDays);
  }

  @Provide
  Arbitrary<Optional<Long>> completeness() {
    return Arbitraries.longs().between(0, 9).optional();
  }

  private BatchPlanner planner(BatchRequest request, Optional<Run> latest) {
    return new BatchPlanner(hopping, request, MASTER, TABLE, latest);
  }

  private Run run(Optional<Long> completeTo, String masterId, Instant newest) {
    return new Run(
        "last",
        "v",
        Run.Kind.full,
        Optional.empty(),
        new Run.Input(masterId, Optional.empty(), 4, completeTo, Optional.of(newest)),
        Run.Counts.NONE,
        new Run.Output(
            "t", 5, Optional.empty(), hopping.definition(), Optional.empty(), Optional.empty()),
        Instant.EPOCH,
        1,
        0);
  }
}
