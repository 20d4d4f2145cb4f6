package batch.compute;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws of boundary moves, for any previously published boundary. */
class BoundaryRuleLawsTest {
  private static final LocalDate DAY = LocalDate.parse("2026-01-31");
  private static final Instant START = Instant.parse("2026-01-31T00:00:00Z");
  private static final Duration LAG = Duration.ofMinutes(10);

  /** The situation in which a run decides on the boundary. */
  record Situation(
      Window window,
      Run.Kind kind,
      Optional<Instant> published,
      Optional<Instant> newest,
      Instant now,
      DateRange range,
      Optional<Instant> oldest) {
    View view() {
      Measure count = new Measure("n", MeasureKind.COUNT, "1");
      return new View("v", List.of("device_id"), window, List.of(count), List.of("device_id"));
    }

    BatchPlan plan() {
      Run.Input input = new Run.Input("master", Optional.empty(), 7, Optional.of(7L), newest);
      BatchPlan.Basis basis =
          new BatchPlan.Basis(kind, Optional.empty(), input, Optional.empty(), "table", 3);
      return new BatchPlan.Compute(
          basis, kind == Run.Kind.dates ? Optional.of(Dates.of(range)) : Optional.empty(), oldest);
    }

    Optional<Instant> after(boolean ingestBehind) {
      return new BoundaryRule(view(), LAG)
          .after(plan(), published, now, ingestBehind, UnaryOperator.identity());
    }

    /** Windows start at multiples of this duration. */
    Duration step() {
      return window instanceof Window.Hopping hopping
          ? hopping.slide()
          : ((Window.Tumbling) window).size();
    }

    Instant aligned(Instant time) {
      return window.firstOpenAt(time).orElse(time);
    }
  }

  @Property(tries = 2000)
  void itNeverMovesBackUnlessARebuildGivesOtherWindows(@ForAll("situations") Situation given) {
    Optional<Instant> next = given.after(false);

    if (given.kind() != Run.Kind.rebuild && given.published().isPresent()) {
      assertThat(next.orElseThrow()).isAfterOrEqualTo(given.published().get());
    }
  }

  @Property(tries = 2000)
  void itNeverPassesAWindowThatOnTimeEventsCanStillReach(@ForAll("situations") Situation given) {
    Optional<Instant> moved =
        given.after(false).filter(to -> !Optional.of(to).equals(given.published()));

    moved.ifPresent(
        to -> {
          Instant newest = given.newest().orElseThrow();
          Instant known = newest.isBefore(given.now()) ? newest : given.now();
          assertThat(to).isBeforeOrEqualTo(given.aligned(known.minus(LAG)));
          assertThat(to.toEpochMilli() % given.step().toMillis()).isZero();
        });
  }

  @Property(tries = 2000)
  void itDoesNotMoveForwardWhileIngestIsBehind(@ForAll("situations") Situation given) {
    Optional<Instant> next = given.after(true);

    assertThat(next.isPresent()).isEqualTo(given.published().isPresent());
    next.ifPresent(at -> assertThat(at).isBeforeOrEqualTo(given.published().orElseThrow()));
  }

  @Property(tries = 2000)
  void aRunOverDatesLeavesNoGapBehindIt(@ForAll("situations") Situation given) {
    if (given.kind() != Run.Kind.dates) {
      return;
    }

    Optional<Instant> next = given.after(false);
    Optional<Instant> computedUntil = given.published().or(given::oldest);
    boolean leavesGap =
        computedUntil.map(until -> given.range().start().isAfter(until)).orElse(true);
    if (leavesGap) {
      assertThat(next).isEqualTo(given.published());
    } else {
      next.filter(to -> !Optional.of(to).equals(given.published()))
          .ifPresent(to -> assertThat(to).isBeforeOrEqualTo(given.aligned(given.range().end())));
    }
  }

  @Provide
  Arbitrary<Situation> situations() {
    Arbitrary<Window> windows =
        Arbitraries.of(
            new Window.Tumbling(Duration.ofMinutes(1)),
            new Window.Tumbling(Duration.ofDays(1)),
            new Window.Hopping(Duration.ofMinutes(10), Duration.ofMinutes(5)));
    Arbitrary<Instant> times = Arbitraries.longs().between(0, 400_000).map(START::plusSeconds);
    Arbitrary<DateRange> ranges =
        Combinators.combine(
                Arbitraries.integers().between(-1, 4), Arbitraries.integers().between(0, 3))
            .as((from, days) -> new DateRange(DAY.plusDays(from), DAY.plusDays(from + days)));
    Arbitrary<Run.Kind> kinds =
        Arbitraries.of(Run.Kind.full, Run.Kind.dates, Run.Kind.incremental, Run.Kind.rebuild);
    return Combinators.combine(
            windows, kinds, times.optional(), times.optional(), times, ranges, times.optional())
        .as(
            (window, kind, published, newest, now, range, oldest) ->
                new Situation(
                    window,
                    kind,
                    published.map(at -> window.firstOpenAt(at).orElse(at)),
                    newest,
                    now,
                    range,
                    oldest));
  }
}
