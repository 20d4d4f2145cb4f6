package common.alerts;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import common.event.Events;
import common.metrics.Levels;
import common.metrics.Metrics;
import common.metrics.Severity;
import common.metrics.View;
import common.settings.Views;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import testing.Records;
import testing.TestSpark;

/** What alerts take from a row of a view and from its rules. */
class JudgedRowTest {
  private static final View VIEW =
      new Views(
              ConfigFactory.parseString(
                  """
                  v {
                    keys = [device_id, event_type], window = 1 minute
                    measures = [
                      { name = n, kind = count }
                      { name = top, kind = max, of = temperature }
                      { name = energy, kind = sum, of = energy_consumed }
                    ]
                    levels {
                      column = level, otherwise = OK, for = 2, cooldown = 5 minutes
                      rules = [
                        { level = HOT, when = "top > 80 AND n > 0", clear = "top < 70", severity = critical }
                        { level = ODD, when = "event_type = 'energy' AND top > 50", severity = warning }
                        { level = DRAIN, when = "energy > 9", clear = "energy < 5", severity = info }
                        { level = NEW, when = "deviates(n, 3)", severity = info }
                        { level = NAMED, when = "event_type = 'x'", severity = info }
                      ]
                    }
                  }"""))
          .named("v");

  @Test
  void aRowHasTheReadingOfEachLevelAndTheLevelsThatAreCleared() {
    Dataset<Row> rows =
        Metrics.aggregate(
            Events.accepted(
                Events.parse(
                    Records.dataset(
                        "{\"deviceId\":\"d\",\"eventType\":\"a\",\"temperature\":60,"
                            + "\"eventTimestamp\":\"2026-01-31T10:00:05Z\"}"),
                    Duration.ZERO,
                    lit(Instant.parse("2026-12-31T00:00:00Z")))),
            VIEW);

    JudgedRow row = JudgedRow.of(JudgedRow.select(rows, VIEW).first());

    Instant start = Instant.parse("2026-01-31T10:00:00Z");
    assertThat(row)
        .isEqualTo(
            new JudgedRow(
                Map.of("device_id", "d", "event_type", "a"),
                new Alert.Window(start, start.plusSeconds(60)),
                "OK",
                // Energy is null.
                Map.of("HOT", 60.0, "ODD", 60.0, "NEW", 1.0, "NAMED", 1.0),
                Map.of(),
                Set.of("HOT", "ODD", "NEW", "NAMED")));
  }

  @Test
  void onlyALevelThatIsComparedWithABaselineHasOne() {
    Dataset<Row> rows =
        TestSpark.session()
            .sql(
                """
                SELECT 'd' AS device_id, 'a' AS event_type,
                  TIMESTAMP '2026-01-31 10:00:00' AS window_start,
                  TIMESTAMP '2026-01-31 10:01:00' AS window_end,
                  9L AS n, 75D AS top, 4D AS energy, 'NEW' AS level,
                  2D AS n__baseline, 1D AS n__deviation""");

    JudgedRow row = JudgedRow.of(JudgedRow.select(rows, VIEW).first());

    assertThat(row.level()).isEqualTo("NEW");
    assertThat(row.baselines()).isEqualTo(Map.of("NEW", 2.0));
    assertThat(row.cleared()).doesNotContain("HOT").contains("DRAIN");
  }

  @Test
  void aRuleAlertsAsTheViewIsConfigured() {
    assertThat(VIEW.levels().orElseThrow().alerting().on()).isEqualTo(Levels.On.close);
    assertThat(AlertRule.of(VIEW))
        .isEqualTo(
            new AlertRule(
                "v",
                "OK",
                2,
                Duration.ofMinutes(5),
                Map.of(
                    "HOT", Severity.critical,
                    "ODD", Severity.warning,
                    "DRAIN", Severity.info,
                    "NEW", Severity.info,
                    "NAMED", Severity.info),
                Map.of("HOT", "top", "ODD", "top", "DRAIN", "energy", "NEW", "n", "NAMED", "n")));
  }
}
