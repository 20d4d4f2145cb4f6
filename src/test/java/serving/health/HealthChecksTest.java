package serving.health;

import static org.assertj.core.api.Assertions.assertThat;

import common.metrics.Measure;
import common.metrics.MeasureKind;
import common.metrics.View;
import common.metrics.Window;
import common.ops.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The findings of each check for given facts. */
class HealthChecksTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
  private static final View VIEW =
      new View(
          "v",
          List.of("device_id"),
          new Window.Tumbling(Duration.ofMinutes(1)),
          List.of(new Measure("n", MeasureKind.COUNT, "1")),
          List.of("device_id"));
  private static final Freshness FRESHNESS =
      new Freshness(Duration.ofHours(26), Duration.ofMinutes(5));
  private static final Coverage COVERAGE = new Coverage(Duration.ofDays(7));

  @Test
  void aLayerIsBehindOnceItIsOlderThanItsLimit() {
    assertThat(FRESHNESS.judge(facts(run(NOON.minus(Duration.ofHours(26))), ledger(0, 0))))
        .extracting(Finding::light)
        .containsExactly(Light.green, Light.green);
    assertThat(FRESHNESS.judge(facts(run(NOON.minus(Duration.ofHours(27))), ledger(0, 0))))
        .extracting(Finding::light)
        .containsExactly(Light.yellow, Light.green);
    assertThat(FRESHNESS.judge(facts(Optional.empty(), ledger(0, 0))).get(0).detail())
        .isEqualTo("no run yet");
  }

  @Test
  void recordsThatDoNotAddUpAreRedAndOffsetsWithoutRecordsYellow() {
    assertThat(new LedgerBalance().judge(facts(Optional.empty(), ledger(0, 0))).get(0).light())
        .isEqualTo(Light.green);
    assertThat(new LedgerBalance().judge(facts(Optional.empty(), ledger(0, 2))).get(0).light())
        .isEqualTo(Light.yellow);
    assertThat(new LedgerBalance().judge(facts(Optional.empty(), ledger(1, 2))).get(0).light())
        .isEqualTo(Light.red);
  }

  @Test
  void aHoleIsRedWithItsRange() {
    Optional<LayerFacts.Search> none = Optional.empty();
    Instant boundary = NOON.minusSeconds(3600);

    assertThat(coverage(boundary, span(boundary, NOON), Optional.empty(), none).light())
        .isEqualTo(Light.green);
    assertThat(
            coverage(
                boundary,
                span(boundary.plusSeconds(60), NOON),
                Optional.empty(),
                Optional.of(new LayerFacts.Search(span(boundary, boundary.plusSeconds(60))))))
        .satisfies(
            found -> {
              assertThat(found.light()).isEqualTo(Light.red);
              assertThat(found.detail()).startsWith("%s to ".formatted(boundary));
            });
    assertThat(
            coverage(
                boundary,
                span(boundary.plusSeconds(60), NOON),
                Optional.empty(),
                Optional.of(new LayerFacts.Search(Optional.empty()))))
        .satisfies(
            found -> {
              assertThat(found.light()).isEqualTo(Light.green);
              assertThat(found.detail()).isEqualTo("no gap between the layers");
            });
    assertThat(coverage(boundary, span(boundary, NOON), span(boundary, NOON), none).detail())
        .contains("hidden");
    assertThat(
            coverage(
                    boundary,
                    span(boundary, boundary.plus(Duration.ofDays(8))),
                    Optional.empty(),
                    none)
                .detail())
        .contains("speed.retention");
  }

  @Test
  void layersThatDifferForNoKnownReasonAreRed() {
    assertThat(new LayerAgreement().judge(compared(Optional.empty())).get(0).light())
        .isEqualTo(Light.yellow);
    assertThat(
            new LayerAgreement()
                .judge(compared(Optional.of(new LayerFacts.Comparison(NOON, 10, 0))))
                .get(0)
                .light())
        .isEqualTo(Light.green);
    assertThat(
            new LayerAgreement()
                .judge(compared(Optional.of(new LayerFacts.Comparison(NOON, 10, 1))))
                .get(0)
                .light())
        .isEqualTo(Light.red);
  }

  @Test
  void withoutAMasterNothingIsSaidToHaveBeenLookedUp() {
    Instant reach = NOON.minusSeconds(3540);

    assertThat(
            coverage(NOON.minusSeconds(3600), span(reach, NOON), Optional.empty(), Optional.empty())
                .detail())
        .isEqualTo("speed reaches back to " + reach);
  }

  private static Finding coverage(
      Instant boundary,
      Optional<LayerFacts.Span> starts,
      Optional<LayerFacts.Span> hidden,
      Optional<LayerFacts.Search> search) {
    return COVERAGE
        .judge(
            new LayerFacts(
                VIEW,
                NOON,
                Optional.empty(),
                Optional.of(boundary),
                new LayerFacts.SpeedRows(starts, hidden),
                ledger(0, 0),
                Optional.empty(),
                search))
        .get(0);
  }

  private static LayerFacts facts(Optional<Run> latest, LayerFacts.Ledger ledger) {
    return new LayerFacts(
        VIEW,
        NOON,
        latest,
        Optional.empty(),
        new LayerFacts.SpeedRows(Optional.empty(), Optional.empty()),
        ledger,
        Optional.empty(),
        Optional.empty());
  }

  private static LayerFacts compared(Optional<LayerFacts.Comparison> comparison) {
    return new LayerFacts(
        VIEW,
        NOON,
        Optional.empty(),
        Optional.empty(),
        new LayerFacts.SpeedRows(Optional.empty(), Optional.empty()),
        ledger(0, 0),
        comparison,
        Optional.empty());
  }

  private static LayerFacts.Ledger ledger(long unbalanced, long incomplete) {
    return new LayerFacts.Ledger(Optional.of(NOON), Optional.of(NOON), unbalanced, incomplete, 0);
  }

  private static Optional<LayerFacts.Span> span(Instant from, Instant to) {
    return Optional.of(new LayerFacts.Span(from, to));
  }

  private static Optional<Run> run(Instant startedAt) {
    return Optional.of(
        new Run(
            "id",
            "v",
            Run.Kind.full,
            Optional.empty(),
            new Run.Input("m", Optional.empty(), 1, Optional.of(1L), Optional.empty()),
            Run.Counts.NONE,
            new Run.Output("t", 1, Optional.empty(), "d", Optional.empty(), Optional.empty()),
            startedAt,
            1));
  }
}
