package endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import batch.ingest.FileFormat;
import batch.ingest.IngestJob;
import batch.ingest.IngestReport;
import batch.ingest.IngestSource;
import common.metrics.View;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.csv.CSVRecord;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import testing.SharedData;
import testing.TestLake;

/**
 * Real events from files to the unified view, compared with results that were computed without
 * Spark.
 */
class RealDataIT {
  private static final double RELATIVE_PERCENT = 1e-7;

  @TempDir private Path folder;

  @Test
  void energy() throws Exception {
    TestLake lake = ingested("energy/events.jsonl.gz", 236_820);

    assertAnswers(lake, "device_daily_metrics", "energy/expected_device_daily_metrics.csv", 1_656);
  }

  @Test
  void ambient() throws Exception {
    TestLake lake = ingested("ambient/events.jsonl.gz", 7_267);

    assertAnswers(lake, "device_daily_metrics", "ambient/expected_device_daily_metrics.csv", 311);
  }

  @Test
  void retail() throws Exception {
    TestLake lake = ingested("retail/events.jsonl.gz", 245_903);

    assertAnswers(
        lake, "user_activity_summary", "retail/expected_user_activity_summary.csv", 9_290);
    assertAnswers(lake, "device_metrics", "retail/expected_device_metrics.csv", 11_682);
  }

  @Test
  void captureFilesThatAzureWroteLoseNoBody() throws Exception {
    Path capture = SharedData.path("capture");
    List<String> expected =
        Files.readAllLines(capture.resolve("expected_azure_usql_EHC.jsonl")).stream()
            .map(line -> line.replaceAll("^\\{\"Body\": \"([^\"]*)\".*$", "$1"))
            .sorted()
            .toList();
    TestLake lake = new TestLake(folder);

    IngestReport report =
        new IngestJob(lake.spark(), lake.settings())
            .drain(new IngestSource.Files(capture.toString(), FileFormat.capture));

    assertThat(report.accepted()).isZero();
    assertThat(lake.lake().master().read().select("body").collectAsList()).isEmpty();
    assertThat(
            lake.lake().quarantine().read().select("body").collectAsList().stream()
                .map(row -> new String(row.<byte[]>getAs(0), StandardCharsets.UTF_8))
                .sorted()
                .toList())
        .hasSize(677)
        .isEqualTo(expected);
  }

  private TestLake ingested(String events, long count) throws Exception {
    TestLake lake = new TestLake(folder);
    IngestReport report =
        new IngestJob(lake.spark(), lake.settings())
            .drain(new IngestSource.Files(SharedData.path(events).toString(), FileFormat.json));
    assertThat(report).isEqualTo(new IngestReport(count, Map.of()));
    return lake;
  }

  private static void assertAnswers(TestLake lake, String name, String file, int size)
      throws Exception {
    View view = lake.view(name);
    String key = view.keys().get(0);
    Map<List<String>, CSVRecord> answers = SharedData.answers(file, key);
    assertThat(answers).hasSize(size);

    new BatchJob(lake.spark(), lake.settings(), Clock.systemUTC())
        .run(view, new BatchRequest.Whole());
    List<Row> rows =
        new QueryRouter(lake.spark(), lake.lake())
            .rows(view, Accuracy.any, new RowFilter(Optional.empty(), Optional.empty()))
            .collectAsList();

    assertThat(rows).hasSize(size);
    for (Row row : rows) {
      CSVRecord answer =
          answers.remove(List.of(row.getAs(key), row.getAs(View.WINDOW_START).toString()));
      assertThat(answer).as("answer for %s", row).isNotNull();
      view.measureNames().forEach(measure -> assertMeasure(measure, row, answer));
    }
  }

  private static void assertMeasure(String measure, Row row, CSVRecord answer) {
    Object value = row.getAs(measure);
    boolean median = measure.equals("median_temperature");
    String expected = answer.get(median ? "median_low" : measure);
    if (value == null) {
      assertThat(expected).as("%s of %s", measure, row).isEmpty();
    } else if (median) {
      assertThat((double) value)
          .isBetween(Double.valueOf(expected), Double.valueOf(answer.get("median_high")));
    } else {
      assertThat(Double.parseDouble(value.toString()))
          .as("%s of %s", measure, row)
          .isCloseTo(Double.parseDouble(expected), withinPercentage(RELATIVE_PERCENT));
    }
  }
}
