package common.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import testing.Records;

class EventsTest {
  private static final String GOOD = Records.event("a", "d", "2026-01-31T10:00:00Z", 1);
  private static final String NO_ID =
      "{\"deviceId\":\"d\",\"eventTimestamp\":\"2026-01-31T10:00:00Z\",\"extra\":[1]}";

  private final Dataset<Row> parsed =
      Events.parse(
          Records.dataset(GOOD, "not json", NO_ID, NO_ID, "{}"),
          Duration.ZERO,
          lit(Instant.parse("2026-01-31T12:00:00Z")));

  @Test
  void everyRecordIsAnEventOrRejected() {
    assertThat(Events.accepted(parsed).count() + Events.rejected(parsed).count()).isEqualTo(5);
  }

  @Test
  void masterRowsHaveTheirSchemaAndTheOriginalBody() {
    Dataset<Row> master = Events.accepted(parsed);

    assertThat(master.schema().simpleString()).isEqualTo(EventSchema.MASTER.simpleString());
    assertThat(column(master, EventSchema.BODY)).containsExactly(GOOD, NO_ID, NO_ID);
  }

  @Test
  void quarantineRowsHaveReasonOriginalBytesAndOrigin() {
    List<Row> rows = Events.rejected(parsed).collectAsList();

    assertThat(rows.get(0).schema().simpleString())
        .isEqualTo(EventSchema.QUARANTINE.simpleString());
    assertThat(rows.get(0).<String>getAs(EventSchema.REASON)).isEqualTo("malformed-json");
    assertThat(rows.get(0).<byte[]>getAs(EventSchema.BODY)).isEqualTo("not json".getBytes(UTF_8));
    assertThat(rows.get(0).<Long>getAs(EventSchema.OFFSET)).isEqualTo(1);
    assertThat(rows.get(0).<String>getAs(EventSchema.SOURCE)).isEqualTo("test");
  }

  @Test
  void theEventKeyIsTheIdOrElseTheHashOfTheBody() {
    List<String> keys = column(Events.accepted(parsed), EventSchema.EVENT_KEY);

    assertThat(keys.get(0)).isEqualTo("a");
    assertThat(keys.get(1)).startsWith("sha256:").hasSize(71).isEqualTo(keys.get(2));
  }

  private static List<String> column(Dataset<Row> rows, String name) {
    return rows.select(name).collectAsList().stream().map(row -> row.getString(0)).toList();
  }
}
