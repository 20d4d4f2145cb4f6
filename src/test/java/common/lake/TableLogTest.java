package common.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.ops.StreamAccount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;
import testing.TestSpark;

/** The driver reads the same state and rows of a table as Spark and Delta. */
class TableLogTest {
  private static final StructType SCHEMA =
      new StructType()
          .add("view", DataTypes.StringType)
          .add("n", DataTypes.LongType)
          .add("small", DataTypes.IntegerType)
          .add("share", DataTypes.DoubleType)
          .add("good", DataTypes.BooleanType)
          .add("at", DataTypes.TimestampType)
          .add("day", DataTypes.DateType)
          .add("dates", DataTypes.createArrayType(DataTypes.DateType))
          .add("causes", DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType))
          .add("ranges", StreamAccount.SCHEMA.apply("offsets").dataType());

  @TempDir private Path folder;

  @Test
  void stateAndRowsAreThoseThatSparkReadsAlsoBehindACheckpointAndInAnOddFolder() throws Exception {
    LakeTable table = table("odd folder 100%/ä");
    table.create();
    table.setProperty("delta.checkpointInterval", "3");
    for (int i = 0; i < 3; i++) {
      table.append(List.of(row("a b", i), row("c", i)));
    }

    table.delta().optimize().executeCompaction();
    table.append(
        List.of(RowFactory.create("a b", null, null, null, null, null, null, null, null, null)));
    assertThat(checkpoints(table)).isNotEmpty();

    TableState state = table.state();
    Row detail = table.delta().detail().first();
    assertThat(state.id()).isEqualTo(detail.getAs("id"));
    assertThat(state.minReaderVersion()).isEqualTo(detail.<Integer>getAs("minReaderVersion"));
    assertThat(state.properties()).isEqualTo(detail.getJavaMap(detail.fieldIndex("properties")));
    assertThat(state.version()).isEqualTo(table.delta().history(1).first().<Long>getAs("version"));
    assertThat(state.schema()).isEqualTo(table.read().schema());

    assertThat(table.readOnce().columns()).isEqualTo(table.read().columns());
    assertThat(table.readOnce().collectAsList())
        .hasSize(7)
        .containsExactlyInAnyOrderElementsOf(table.read().collectAsList());

    List<Row> read = table.smallPartition("view", "a b");
    assertThat(read)
        .containsExactlyInAnyOrderElementsOf(table.read().where("view = 'a b'").collectAsList());
    assertThat(read).hasSize(4);
  }

  @Test
  void everyCommitIsSeenAtOnce() {
    LakeTable table = table("table");
    assertThat(table.smallPartition("view", "v")).isEmpty();
    table.create();
    long before = table.state().version();

    commit(table, row("v", 1), "first");
    table.append(List.of(row("v", 2)));
    commit(table, row("v", 3), "third \"quoted\"");

    assertThat(table.state().version()).isEqualTo(before + 3);
    assertThat(table.smallPartition("view", "v")).hasSize(3);
    assertThat(table.userMetadata(before, before + 3))
        .containsExactly(Map.entry(before + 1, "first"), Map.entry(before + 3, "third \"quoted\""));
    assertThat(table.userMetadata(before + 1, before + 2)).isEmpty();
  }

  @Test
  void commitsThatTheLogNoLongerHoldsAreLeftOut() throws Exception {
    LakeTable table = table("table");
    table.create();
    commit(table, row("v", 1), "gone");
    commit(table, row("v", 2), "there");
    Files.delete(Path.of(table.path(), "_delta_log", "%020d.json".formatted(1)));

    assertThat(table.userMetadata(0, 2)).containsExactly(Map.entry(2L, "there"));
  }

  @Test
  void aTableFeatureThatNobodyHereReadsIsOneLine() throws Exception {
    LakeTable table = table("table");
    table.create();
    Path commit = Path.of(table.path(), "_delta_log", "%020d.json".formatted(1));
    Files.writeString(
        commit,
        "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[\"fromTheFuture\"],\"writerFeatures\":[\"fromTheFuture\"]}}");

    assertThatThrownBy(table::requireFit)
        .isInstanceOf(Failure.class)
        .hasMessageContaining(table.path());
  }

  private LakeTable table(String name) {
    return new Lake(TestSpark.session(), folder.toString()).table(name, SCHEMA, List.of("view"));
  }

  private static void commit(LakeTable table, Row row, String metadata) {
    TestSpark.session()
        .createDataFrame(List.of(row), SCHEMA)
        .write()
        .format("delta")
        .mode("append")
        .option("userMetadata", metadata)
        .save(table.path());
  }

  private static List<Path> checkpoints(LakeTable table) throws Exception {
    try (Stream<Path> files = Files.list(Path.of(table.path(), "_delta_log"))) {
      return files.filter(file -> file.toString().endsWith(".checkpoint.parquet")).toList();
    }
  }

  private static Row row(String view, long n) {
    return RowFactory.create(
        view,
        n,
        (int) n,
        n / 3.0,
        n % 2 == 0,
        Instant.parse("1969-12-31T23:59:59.123456Z").plusSeconds(n),
        LocalDate.parse("1582-10-04").plusDays(n),
        CollectionConverters.asScala(Arrays.asList(LocalDate.parse("2026-01-31"), null)).toSeq(),
        CollectionConverters.asScala(Map.of("late", n)),
        CollectionConverters.asScala(List.of(RowFactory.create("events", 0, n, n + 1, n))).toSeq());
  }
}
