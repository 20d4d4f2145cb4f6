package common.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Checkpoints;
import testing.RecordStream;
import testing.Records;
import testing.TestSpark;

class BatchClockTest {
  @TempDir private Path folder;

  @Test
  void aMicroBatchThatRunsAgainHasTheTimeThatItHad() throws Exception {
    Path log = folder.resolve("checkpoint");
    Checkpoint checkpoint = new Checkpoint(TestSpark.session(), log.toString());
    List<Instant> times = new ArrayList<>();
    VoidFunction2<Dataset<Row>, Long> sink =
        (rows, batchId) -> rows.collectAsList().forEach(row -> times.add(row.getInstant(0)));
    RecordStream stream = new RecordStream();
    stream.add(List.of(Records.event("1", "d", "2026-01-31T10:00:00Z", 20)));

    run(stream, log, BatchClock.timed(checkpoint, sink));
    Checkpoints.removeLastCommit(log);
    run(stream, log, BatchClock.timed(checkpoint, sink));

    Instant planned = checkpoint.entry(0).orElseThrow().plannedAt().orElseThrow();
    assertThat(planned).isBetween(Instant.now().minusSeconds(600), Instant.now());
    assertThat(times).containsExactly(planned, planned);
  }

  @Test
  void aSinkThatDoesNotSayTheTimeFails() {
    RecordStream stream = new RecordStream();
    stream.add(List.of(Records.event("1", "d", "2026-01-31T10:00:00Z", 20)));

    assertThatThrownBy(
            () -> run(stream, folder.resolve("checkpoint"), (rows, id) -> rows.collectAsList()))
        .hasStackTraceContaining("must be wrapped in BatchClock.timed");
  }

  private static void run(
      RecordStream stream, Path checkpoint, VoidFunction2<Dataset<Row>, Long> sink)
      throws Exception {
    StreamingQuery query =
        stream
            .records()
            .select(BatchClock.now().as("now"))
            .writeStream()
            .foreachBatch(sink)
            .option("checkpointLocation", checkpoint.toString())
            .start();
    try {
      query.processAllAvailable();
    } finally {
      query.stop();
    }
  }
}
