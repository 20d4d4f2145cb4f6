package common.ops;

import static org.assertj.core.api.Assertions.assertThat;

import common.metrics.DateRange;
import common.metrics.Dates;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import scala.jdk.javaapi.CollectionConverters;

class RunTest {
  private static final LocalDate DAY = LocalDate.parse("2026-01-31");

  @Property(tries = 500)
  void aRunReadsBackFromItsRowAndFromTheMetadataOfItsCommit(@ForAll("runs") Run run) {
    assertThat(Run.of(run.toRow())).isEqualTo(run);
    assertThat(RunMetadata.parse(RunMetadata.of(run))).hasValue(run);
  }

  @Example
  void aCenturyOfDatesIsTwoInTheRecord() {
    Dates century =
        Dates.of(new DateRange(LocalDate.parse("1926-01-31"), LocalDate.parse("2026-01-31")));
    Run run = run(Run.Kind.dates, Optional.of(century), Optional.empty(), "d");

    assertThat(run.toRow().<LocalDate>getList(Run.SCHEMA.fieldIndex("dates"))).hasSize(2);
    assertThat(Run.of(run.toRow()).output().dates()).hasValue(century);
  }

  @Example
  void aRecordWithEachDateAsEarlierVersionsWroteItIsTheSameRange() {
    Row row = run(Run.Kind.dates, range(0, 9), Optional.empty(), "d").toRow();
    Object[] values = new Object[row.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.get(i);
    }

    values[Run.SCHEMA.fieldIndex("dates")] =
        CollectionConverters.asScala(DAY.datesUntil(DAY.plusDays(10)).toList()).toSeq();
    assertThat(Run.of(new GenericRowWithSchema(values, Run.SCHEMA)).output().dates())
        .isEqualTo(range(0, 9));
  }

  @Example
  void theMetadataOfOthersIsNoRun() {
    assertThat(RunMetadata.parse("nightly job of another team")).isEmpty();
    assertThat(RunMetadata.parse("{\"job\": 7}")).isEmpty();
    assertThat(RunMetadata.parse("[1, 2]")).isEmpty();
  }

  @Provide
  Arbitrary<Run> runs() {
    Arbitrary<Optional<Dates>> days =
        Arbitraries.integers()
            .between(0, 40)
            .set()
            .ofMinSize(1)
            .ofMaxSize(9)
            .map(offsets -> Dates.of(offsets.stream().map(DAY::plusDays).toList()))
            .optional();
    Arbitrary<Optional<Instant>> times =
        Arbitraries.longs()
            .between(0, 4_000_000_000_000_000L)
            .map(micros -> Instant.EPOCH.plusNanos(micros * 1000))
            .optional();
    return Combinators.combine(
            Arbitraries.of(Run.Kind.full, Run.Kind.dates, Run.Kind.incremental, Run.Kind.restore),
            days,
            times,
            Arbitraries.strings().ofMaxLength(20))
        .as(
            (kind, dates, time, text) ->
                run(kind, kind == Run.Kind.dates ? range(1, 7) : dates, time, text));
  }

  private static Optional<Dates> range(int from, int to) {
    return Optional.of(Dates.of(new DateRange(DAY.plusDays(from), DAY.plusDays(to))));
  }

  private static Run run(
      Run.Kind kind, Optional<Dates> dates, Optional<Instant> time, String text) {
    return new Run(
        "id",
        "v",
        kind,
        time.map(any -> text),
        new Run.Input("m", Optional.of(3L), 4, Optional.empty(), time),
        new Run.Counts(1, 2, 3, 4, Map.of("avg_temperature", 5L)),
        new Run.Output("t", 6, Optional.of(5L), "keys: a\nwindow: b \"c\"" + text, dates, time),
        Instant.parse("2026-01-31T10:00:00.123Z"),
        99);
  }
}
