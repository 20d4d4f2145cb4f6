package common.metrics;

import static org.apache.spark.sql.functions.struct;
import static org.assertj.core.api.Assertions.assertThat;

import common.event.Events;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import testing.Records;
import testing.TestSpark;

class AgreementTest {
  private final View view = TestSpark.settings(Map.of()).views().named("device_daily_metrics");
  private final Agreement agreement =
      new Agreement(view, Metrics.schema(TestSpark.session(), view), 1e-9);

  @Test
  void anExactMeasureMayDifferByRoundingAlone() {
    assertThat(agrees("avg_temperature", "avg_temperature * (1 + 1e-11)")).isTrue();
    assertThat(agrees("avg_temperature", "avg_temperature * (1 + 1e-7)")).isFalse();
    assertThat(agrees("event_count", "event_count + 1")).isFalse();
  }

  @Test
  void roundingAroundZeroIsNoDifference() {
    assertThat(agrees("total_energy", "1e-14")).as("against null").isFalse();
    assertThat(difference("min_temperature", "min_temperature + 1e-14")).isLessThan(1e-9);
  }

  @Test
  void aMissingValueAgreesWithAMissingOneAlone() {
    assertThat(difference("total_energy", "total_energy")).isZero();
    assertThat(difference("avg_temperature", "cast(null as double)")).isInfinite();
  }

  @Test
  void aDistinctCountIsHeldToItsBound() {
    assertThat(agrees("unique_users", "unique_users")).isTrue();
    assertThat(agrees("unique_users", "unique_users + 1")).isFalse();
  }

  @Test
  void aMedianIsAnyValueInTheMiddle() {
    // For 1 .. 10, anything from 5 to 6 is a median; 4 is off by a tenth of the values.
    assertThat(difference("median_temperature", "5D")).isZero();
    assertThat(difference("median_temperature", "5.7D")).isZero();
    assertThat(difference("median_temperature", "6D")).isZero();
    assertThat(difference("median_temperature", "4D")).isBetween(0.09, 0.11);
    assertThat(agrees("median_temperature", "7D")).isFalse();
  }

  private boolean agrees(String measure, String changed) {
    return rows(measure, changed).select(agreement.holds("a", "b")).as(Encoders.BOOLEAN()).first();
  }

  private double difference(String measure, String changed) {
    Measure subject =
        view.measures().stream().filter(each -> each.name().equals(measure)).findFirst().get();
    return rows(measure, changed)
        .select(agreement.difference(subject, "a", "b"))
        .first()
        .getDouble(0);
  }

  /** A row over ten temperatures, paired with the same row with one column changed. */
  private Dataset<Row> rows(String measure, String changed) {
    List<String> bodies = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      bodies.add(Records.event("e" + i, "d", "2026-01-31T10:00:00Z", i));
    }

    Dataset<Row> row =
        Metrics.aggregate(
            Events.accepted(
                Events.parse(
                    Records.dataset(bodies.toArray(String[]::new)),
                    Duration.ZERO,
                    functions.lit(Instant.now()))),
            view);
    Dataset<Row> other = row.withColumn(measure, functions.expr(changed));
    return row.select(struct("*").as("a")).crossJoin(other.select(struct("*").as("b")));
  }
}
