package common.event;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import testing.Records;

class FirstArrivalsTest {
  private static final Instant NOW = Instant.parse("2026-02-10T00:00:00Z");

  /**
   * 300 records in arrival order on two dates; an id occurs between one and about a dozen times.
   */
  private final Dataset<Row> master = master(new Random(9), 300);

  @Test
  void seekingCopiesByTheirHashGivesWhatSortingAllRowsGives() {
    Dataset<Row> repeated = FirstArrivals.repeated(master);
    Dataset<Row> ranked = FirstArrivals.ranked(FirstArrivals.suspects(master, repeated));
    Dataset<Row> events = FirstArrivals.unique(master, repeated).union(FirstArrivals.first(ranked));

    List<Row> expected = rows(FirstArrivals.of(master));
    assertThat(expected).hasSizeBetween(50, 250);
    assertThat(rows(events)).isEqualTo(expected);
    assertThat(FirstArrivals.later(ranked).count()).isEqualTo(300L - expected.size());
  }

  @Test
  void aHashIsNamedOnceHoweverManyCopiesThereAre() {
    List<Row> repeated = FirstArrivals.repeated(master).collectAsList();

    assertThat(repeated).isNotEmpty().doesNotHaveDuplicates();
  }

  private static List<Row> rows(Dataset<Row> events) {
    return events
        .orderBy(EventSchema.EVENT_ID, EventSchema.EVENT_DATE, EventSchema.TEMPERATURE)
        .collectAsList();
  }

  private static Dataset<Row> master(Random random, int records) {
    String[] bodies =
        IntStream.range(0, records)
            .mapToObj(
                i ->
                    Records.event(
                        String.valueOf(random.nextBoolean() ? random.nextInt(20) : 1_000 + i),
                        "d",
                        "2026-01-%dT10:00:00Z".formatted(30 + random.nextInt(2)),
                        i))
            .toArray(String[]::new);
    return Events.accepted(Events.parse(Records.dataset(bodies), Duration.ZERO, lit(NOW)));
  }
}
