package serving.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.LayeredRows;
import testing.TestLake;

class RowStatementTest {
  private static final String SPEED_FILES = "/speed/device_metrics/";
  private static final String BATCH_FILES = "/batch/device_metrics/";

  @TempDir private static Path folder;
  private static LayeredRows rows;
  private static Layers layers;

  @BeforeAll
  static void layersThatMeetAtOneMinutePastTen() {
    rows = new LayeredRows(new TestLake(folder.resolve("lake"), Map.of())).create();
    rows.overlapping("c");
    layers = Layers.read(rows.lake().lake(), rows.view()).orElseThrow();
  }

  @Test
  void speedFilesAreReadOnlyIfTheRangeReachesPastTheBoundary() {
    assertThat(sql(Accuracy.any, "10:01")).contains(BATCH_FILES).doesNotContain(SPEED_FILES);
    assertThat(sql(Accuracy.any, "10:02")).contains(BATCH_FILES, SPEED_FILES);
  }

  @Test
  void theRangeOfExactRowsNeverReachesSpeedFilesAndThatOfLatestRowsAlwaysDoes() {
    assertThat(sql(Accuracy.exact, "10:02")).contains(BATCH_FILES).doesNotContain(SPEED_FILES);
    assertThat(sql(Accuracy.latest, "10:01")).contains(BATCH_FILES, SPEED_FILES);
  }

  @Test
  void aRangeWithoutAnEndReachesSpeedFilesUnlessOnlyExactRowsAreWanted() {
    assertThat(sql(Accuracy.any, Optional.empty())).contains(SPEED_FILES);
    assertThat(sql(Accuracy.exact, Optional.empty())).doesNotContain(SPEED_FILES);
  }

  private static String sql(Accuracy accuracy, String to) {
    return sql(accuracy, Optional.of(Instant.parse("2026-01-31T" + to + ":00Z")));
  }

  private static String sql(Accuracy accuracy, Optional<Instant> to) {
    RowFilter filter = new RowFilter(Optional.empty(), to);
    return RowStatement.of(
            new RowRequest(rows.view(), accuracy, filter, OptionalInt.empty(), List.of()), layers)
        .sql();
  }
}
