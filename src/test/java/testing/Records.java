package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import common.event.EventSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Records as a source delivers them, from wire events. */
public final class Records {
  private Records() {}

  /** Rows of {@link EventSchema#RECORD} whose offsets count up from 0. */
  public static List<Row> rows(List<String> bodies) {
    List<Row> rows = new ArrayList<>();
    for (String body : bodies) {
      rows.add(
          RowFactory.create(
              body.getBytes(UTF_8), null, null, "test", null, 0, (long) rows.size(), null));
    }

    return rows;
  }

  public static Dataset<Row> dataset(String... bodies) {
    return TestSpark.session().createDataFrame(rows(Arrays.asList(bodies)), EventSchema.RECORD);
  }

  /** One wire event of each of a number of devices, whose ids also depend on the round. */
  public static List<String> ofDevices(int devices, int round, Instant time, double temperature) {
    return IntStream.range(0, devices)
        .mapToObj(
            device ->
                event(
                    new UUID(round, device).toString(),
                    "device-" + device,
                    time.toString(),
                    temperature))
        .toList();
  }

  /** A wire event with an id and a temperature. */
  public static String event(String id, String device, String time, double temperature) {
    return "{\"eventId\":\"%s\",\"deviceId\":\"%s\",\"eventTimestamp\":\"%s\",\"temperature\":%s}"
        .formatted(id, device, time, temperature);
  }
}
