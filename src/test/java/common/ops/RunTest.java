package common.ops;

import static org.assertj.core.api.Assertions.assertThat;

import common.metrics.DateRange;
import common.metrics.Dates;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
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
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
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
  void aFailedRunReadsBackFromItsRow() {
    FailedRun run = failed(9);

    assertThat(FailedRun.of(run.toRow())).isEqualTo(run);
  }

  @Example
  void runsOfEarlierVersionsHadNoConflicts() {
    Run run = run(Run.Kind.full, Optional.empty(), Optional.empty(), "d");

    assertThat(Run.of(withoutConflicts(run.toRow())).conflicts()).isZero();
    assertThat(Run.of(withNullConflicts(run.toRow())).conflicts()).isZero();
    assertThat(FailedRun.of(withoutConflicts(failed(9).toRow()))).isEqualTo(failed(0));
    assertThat(RunMetadata.parse(RunMetadata.of(run).replace(",\"conflicts\":7", "")))
        .hasValueSatisfying(parsed -> assertThat(parsed.conflicts()).isZero());
  }

  private static FailedRun failed(long conflicts) {
    return new FailedRun("id", "v", Run.Kind.full, "disk full", Instant.EPOCH, 99, conflicts);
  }

  /** The row of a table without the column. */
  private static Row withoutConflicts(Row row) {
    StructType columns =
        new StructType(
            Arrays.stream(Run.SCHEMA.fields())
                .filter(field -> !field.name().equals("conflicts"))
                .toArray(StructField[]::new));
    return new GenericRowWithSchema(
        Arrays.stream(columns.fieldNames()).map(row::getAs).toArray(), columns);
  }

  /** The row after the column was added to its table. */
  private static Row withNullConflicts(Row row) {
    Object[] values = new Object[Run.SCHEMA.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.get(i);
    }

    values[Run.SCHEMA.fieldIndex("conflicts")] = null;
    return new GenericRowWithSchema(values, Run.SCHEMA);
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
        99,
        7);
  }
}
