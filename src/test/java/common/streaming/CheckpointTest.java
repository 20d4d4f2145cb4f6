package common.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.TestSpark;

/** A checkpoint folder with files as Spark writes them. */
class CheckpointTest {
  @TempDir private Path folder;

  @Test
  void beforeItsFirstStartAQueryHasNothing() {
    Checkpoint checkpoint = checkpoint();

    assertThat(checkpoint.queryId()).isEmpty();
    assertThat(checkpoint.lastCommitted()).isEmpty();
    assertThat(checkpoint.planned(0, 9)).isEmpty();
    assertThat(CheckpointBinding.of(checkpoint)).isEqualTo(CheckpointBinding.NONE);
  }

  @Test
  void microBatchesAreFoundInTheOrderOfTheirNumbers() throws IOException {
    write("metadata", "{\"id\":\"e6eb54a3-1a5e-4a3f-a269-a77f246ed8ad\"}");
    write("sources/0/0", "\0v1\n{\"events\":{\"0\":4}}");
    for (int batch : new int[] {0, 1, 9, 10, 11}) {
      write("offsets/" + batch, log(1000 + batch, 10L * batch));
    }

    write("offsets/.10.crc", "crc");
    write("commits/9", "v1\n{}");
    write("commits/10", "v1\n{}");

    Checkpoint checkpoint = checkpoint();

    assertThat(checkpoint.queryId()).contains("e6eb54a3-1a5e-4a3f-a269-a77f246ed8ad");
    assertThat(checkpoint.lastCommitted()).contains(10L);
    assertThat(checkpoint.planned(1, 10))
        .extracting(PlannedBatch::batchId)
        .containsExactly(1L, 9L, 10L);
    assertThat(checkpoint.planned(10))
        .isEqualTo(new PlannedBatch(10, entry(1010, 100), entry(1009, 90), Optional.empty()));
    assertThat(checkpoint.planned(0))
        .isEqualTo(
            new PlannedBatch(
                0,
                entry(1000, 0),
                Optional.empty(),
                Optional.of(new TopicOffsets("events", Map.of(0, 4L)))));
    assertThat(checkpoint.planned(9).previous()).as("purged by Spark").isEmpty();
  }

  @Test
  void setAsideItIsKeptAndTheQueryHasNone() throws IOException {
    write("metadata", "{\"id\":\"1\"}");

    checkpoint().files().setAside();

    assertThat(checkpoint().queryId()).isEmpty();
    try (Stream<Path> kept = Files.list(folder)) {
      assertThat(kept)
          .singleElement()
          .satisfies(
              aside -> {
                assertThat(aside.getFileName().toString()).startsWith("checkpoint-until-");
                assertThat(aside.resolve("metadata")).hasContent("{\"id\":\"1\"}");
              });
    }
  }

  @Test
  void theLaterOfTwoJobsOnOneCheckpointGoesOn() throws Exception {
    Dataset<Row> rows = TestSpark.session().emptyDataFrame();
    CheckpointLease first = CheckpointLease.claim(checkpoint());
    first.guarded((any, batch) -> {}).call(rows, 0L);
    CheckpointLease second = CheckpointLease.claim(checkpoint());

    second.guarded((any, batch) -> {}).call(rows, 0L);
    assertThatThrownBy(() -> first.guarded((any, batch) -> {}).call(rows, 1L))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("has taken over checkpoint")
        .hasMessageContaining("run one job per view");
  }

  private Checkpoint checkpoint() {
    return new Checkpoint(TestSpark.session(), folder.resolve("checkpoint").toString());
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve("checkpoint").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static String log(long watermark, long end) {
    return "v1\n{\"batchWatermarkMs\":%d}\n{\"events\":{\"0\":%d}}".formatted(watermark, end);
  }

  private static Optional<OffsetLogEntry> entry(long watermark, long end) {
    return Optional.of(
        new OffsetLogEntry(
            Optional.empty(),
            Optional.of(Instant.ofEpochMilli(watermark)),
            Optional.of(new TopicOffsets("events", Map.of(0, end)))));
  }
}
