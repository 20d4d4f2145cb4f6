package common.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OffsetLogEntryTest {
  @Test
  void aKafkaQueryHasItsWatermarkAndTheEndOfEachPartition() {
    OffsetLogEntry entry =
        OffsetLogEntry.parse(
            """
            v1
            {"batchWatermarkMs":1795610832337,"batchTimestampMs":1795613480008,"conf":{"spark.sql.shuffle.partitions":"2"}}
            {"demo-events":{"10":5,"2":9,"0":6238}}""");

    assertThat(entry.plannedAt()).contains(Instant.ofEpochMilli(1795613480008L));
    assertThat(entry.watermark()).contains(Instant.ofEpochMilli(1795610832337L));
    assertThat(entry.end())
        .contains(new TopicOffsets("demo-events", Map.of(0, 6238L, 2, 9L, 10, 5L)));
    assertThat(entry.end().orElseThrow().byPartition().keySet()).containsExactly(0, 2, 10);
  }

  @Test
  void beforeTheFirstEventThereIsNoWatermark() {
    OffsetLogEntry entry =
        OffsetLogEntry.parse(
            "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1}\n{\"t\":{\"0\":1}}");

    assertThat(entry.watermark()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"logOffset\":3}", "-", "17"})
  void anotherSourceHasNoOffsetsOfATopic(String offset) {
    OffsetLogEntry entry = OffsetLogEntry.parse("v1\n{\"batchWatermarkMs\":5}\n" + offset);

    assertThat(entry)
        .isEqualTo(
            new OffsetLogEntry(
                Optional.empty(), Optional.of(Instant.ofEpochMilli(5)), Optional.empty()));
  }

  @Test
  void anEntryThatAKillCutShortIsAnErrorAndNotAnAbsentWatermark() {
    assertThatThrownBy(() -> OffsetLogEntry.parse("v1\n{\"batchWatermarkMs\":17956"))
        .isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(() -> OffsetLogEntry.parse("v1\n{}\n{\"t\":{\"0\":1"))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void anEmptyEntryHasNothing() {
    assertThat(OffsetLogEntry.parse(""))
        .isEqualTo(new OffsetLogEntry(Optional.empty(), Optional.empty(), Optional.empty()));
  }
}
