package common.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.TestSpark;

/** Spark and Delta read the driver's commits, alongside Delta's own. */
class TableWriterTest {
  private static final StructType SCHEMA =
      new StructType().add("view", DataTypes.StringType, false).add("n", DataTypes.LongType, false);

  @TempDir private Path folder;
  private LakeTable table;
  private TableWriter writer;

  @BeforeEach
  void name() {
    table = new Lake(TestSpark.session(), folder.toString()).table("t", SCHEMA, List.of("view"));
    writer = writer();
  }

  @Test
  void aTableIsCreatedWithAllItsPropertiesInOneCommit() {
    writer.create(
        SCHEMA,
        List.of("view"),
        Map.of("delta.appendOnly", "true", "delta.enableChangeDataFeed", "true", "own", "\"ä\""));

    Row detail = table.delta().detail().first();
    assertThat(detail.getJavaMap(detail.fieldIndex("properties")))
        .isEqualTo(
            Map.of(
                "delta.appendOnly", "true", "delta.enableChangeDataFeed", "true", "own", "\"ä\""));
    assertThat(detail.getList(detail.fieldIndex("partitionColumns"))).isEqualTo(List.of("view"));
    assertThat(detail.<Integer>getAs("minReaderVersion")).isEqualTo(1);
    assertThat(detail.<Integer>getAs("minWriterVersion")).isEqualTo(4);
    assertThat(table.read().schema().fields()).allMatch(column -> column.nullable());
    assertThat(table.delta().history().count()).isEqualTo(1);
    assertThat(table.read().collectAsList()).isEmpty();
  }

  @Test
  void whatAKilledJobLeftInTheFolderIsNoTable() throws Exception {
    Files.createDirectories(Path.of(table.path(), "_delta_log"));
    Files.createDirectories(Path.of(table.path(), "view=a"));
    Files.writeString(Path.of(table.path(), "view=a", "part.parquet"), "half a file");

    create();

    assertThat(table.read().collectAsList()).isEmpty();
  }

  @Test
  void ofTwoWhoCreateATableOneIsTold() {
    create();

    assertThatThrownBy(this::create).isInstanceOf(ConcurrentModificationException.class);
  }

  @Test
  void aNumberIsAppendedOnceAlsoBySeveralAtATime() throws Exception {
    create();
    inParallel(
        8,
        i ->
            Commits.retried(
                "append", () -> writer().appendOnce(List.of(row("a", i / 2)), "writer", i / 2)));
    writer.appendOnce(List.of(row("a", 2)), "writer", 2);
    writer.appendOnce(List.of(row("a", 9)), "writer", 9);
    writer.appendOnce(List.of(row("a", 10)), "other", 9);

    assertThat(numbers("a")).doesNotHaveDuplicates().contains(3L, 9L, 10L);
  }

  @Test
  void aPartitionIsReplacedAndTheOthersStay() {
    create();
    writer.append(List.of(row("a", 1), row("a", 2), row("b", 3), row("with space/%", 4)));
    writer.append(List.of(row("a", 5)));

    writer.replace("view", "a", rows -> List.of(row("a", 6), row("a", 7)));
    writer.replace("view", "with space/%", rows -> List.of(row("with space/%", 8)));

    assertThat(numbers("a")).containsExactlyInAnyOrder(6L, 7L);
    assertThat(numbers("b")).containsExactly(3L);
    assertThat(numbers("with space/%")).containsExactly(8L);
  }

  @Test
  void everyCommitIsMadeByTheLogStoreThatLetsOneWriterWin() throws Exception {
    create();
    writer.append(List.of(row("a", 1)));
    writer.replace("view", "a", rows -> List.of(row("a", 2)));

    // Hadoop's rename, which the other log stores rely on, writes checksum files.
    try (Stream<Path> files = Files.list(Path.of(table.path(), "_delta_log"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> !name.startsWith("0"))
          .isEmpty();
    }
  }

  @Test
  void ofTwoReplacementsAtATimeOneIsTriedAgain() throws Exception {
    create();

    inParallel(
        8,
        i ->
            Commits.retried(
                "replace",
                () ->
                    writer()
                        .replace(
                            "view",
                            "a",
                            rows ->
                                List.of(
                                    row("a", rows.isEmpty() ? 1 : rows.get(0).getLong(1) + 1)))));

    assertThat(numbers("a")).containsExactly(8L);
  }

  @Test
  void rowsThatDeltaMovedToAnotherFileAreReplacedToo() {
    create();
    writer.append(List.of(row("a", 1)));
    writer.append(List.of(row("a", 2)));
    table.delta().optimize().executeCompaction();

    writer.replace("view", "a", rows -> List.of(row("a", 3)));
    table.delta().vacuum(1_000);

    assertThat(numbers("a")).containsExactly(3L);
    assertThat(table.delta().toDF().where("n = 3").count()).isEqualTo(1);
  }

  @Test
  void aTableFeatureThatKernelCannotWriteIsOneLine() throws Exception {
    create();
    Files.writeString(
        Path.of(table.path(), "_delta_log", "%020d.json".formatted(1)),
        "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,\"writerFeatures\":[\"fromTheFuture\"]}}");

    assertThatThrownBy(() -> writer.append(List.of(row("a", 1))))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(table.path())
        .hasMessageContaining("fromTheFuture");
  }

  @Test
  void everyTenthCommitLeavesACheckpoint() throws Exception {
    create();
    for (long n = 0; n < 24; n += 2) {
      Row odd = row("a", n + 1);
      writer.append(List.of(row("b", n)));
      writer.replace("view", "a", rows -> List.of(odd));
    }

    writer.append(List.of(row("b", 24)));
    Path log = Path.of(table.path(), "_delta_log");
    assertThat(log.resolve("%020d.checkpoint.parquet".formatted(10))).exists();
    assertThat(log.resolve("%020d.checkpoint.parquet".formatted(20))).exists();
    for (int version = 0; version <= 10; version++) {
      Files.delete(log.resolve("%020d.json".formatted(version)));
    }

    assertThat(numbers("a")).containsExactly(23L);
    assertThat(numbers("b")).hasSize(13);
    assertThat(numbersOnDriver("b")).hasSize(13);
  }

  private void create() {
    writer().create(SCHEMA, List.of("view"), Map.of());
  }

  private TableWriter writer() {
    return new TableWriter(table.path(), TestSpark.session().sparkContext().hadoopConfiguration());
  }

  private List<Long> numbers(String view) {
    return table.read().where("view = '%s'".formatted(view)).select("n").collectAsList().stream()
        .map(row -> row.getLong(0))
        .toList();
  }

  private List<Long> numbersOnDriver(String view) {
    return table.smallPartition("view", view).stream().map(row -> row.getLong(1)).toList();
  }

  private static Row row(String view, long n) {
    return RowFactory.create(view, n);
  }

  private interface Numbered {
    void run(int number);
  }

  private static void inParallel(int times, Numbered work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(times);
    try {
      List<Future<?>> all = new ArrayList<>();
      IntStream.range(0, times).forEach(i -> all.add(threads.submit(() -> work.run(i))));
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
