package common.ops;

import static org.apache.spark.sql.functions.col;

import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The runs of batch views. A run travels as user metadata in the very commit that carries its rows,
 * so neither is ever there without the other; from there it is copied to {@code ops/runs}, which
 * outlives the commit log. A run that was killed in between is copied by the next.
 */
public final class Runs {
  private static final Map<String, String> JSON =
      Map.of("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX");

  private final SparkSession spark;
  private final Lake lake;

  public Runs(SparkSession spark, Lake lake) {
    this.spark = spark;
    this.lake = lake;
  }

  /** The user metadata that the run's commit carries. */
  public String metadata(Run run) {
    return spark
        .createDataFrame(List.of(run.toRow()), Run.SCHEMA)
        .selectExpr("to_json(struct(*), map('timestampFormat', '%s'))".formatted(format()))
        .as(Encoders.STRING())
        .first();
  }

  /**
   * All runs of the view's present table, oldest first: those in {@code ops/runs} and those that
   * are only in the table's commits yet.
   */
  public List<Run> of(View view) {
    List<Run> runs = new ArrayList<>(recorded(view));
    runs.addAll(committedAfter(view, runs));
    return runs;
  }

  /** The newest run of the view's present table. */
  public Optional<Run> latest(View view) {
    List<Run> runs = of(view);
    return runs.isEmpty() ? Optional.empty() : Optional.of(runs.get(runs.size() - 1));
  }

  /** Copies to {@code ops/runs} what is only in the view's commits yet. */
  public void record(View view) {
    table().create();
    Commits.retried(
        "runs of " + view.name(),
        () -> {
          for (Run run : committedAfter(view, recorded(view))) {
            append(
                run, Map.of("txnAppId", "run " + run.tableId(), "txnVersion", "" + run.version()));
          }
        });
  }

  /** Records a run that found nothing to commit. */
  public void recordIdle(Run run) {
    append(run, Map.of());
  }

  private void append(Run run, Map<String, String> options) {
    spark
        .createDataFrame(List.of(run.toRow()), Run.SCHEMA)
        .write()
        .format("delta")
        .mode("append")
        .options(options)
        .save(table().path());
  }

  private List<Run> recorded(View view) {
    LakeTable batchView = lake.batchView(view);
    if (!table().exists() || !batchView.exists()) {
      return List.of();
    }

    return table()
        .read()
        .where(col("view").equalTo(view.name()).and(col("table_id").equalTo(batchView.id())))
        .collectAsList()
        .stream()
        .map(Run::of)
        .sorted(
            Comparator.comparingLong(Run::version)
                .thenComparing(Run::startedAt)
                .thenComparing(Run::masterTo)
                .thenComparing(Run::id))
        .toList();
  }

  private List<Run> committedAfter(View view, List<Run> recorded) {
    LakeTable batchView = lake.batchView(view);
    if (!batchView.exists()) {
      return List.of();
    }

    long known = recorded.isEmpty() ? -1 : recorded.get(recorded.size() - 1).version();
    long unknown = batchView.version() - known;
    if (unknown <= 0) {
      return List.of();
    }

    Dataset<Row> commits =
        batchView
            .delta()
            .history(Math.toIntExact(unknown))
            .where(col("userMetadata").isNotNull().and(col("version").gt(known)))
            .select(col("version"), col("userMetadata"))
            .orderBy("version");
    List<Run> runs = new ArrayList<>();
    for (Row commit : commits.collectAsList()) {
      parse(commit.getString(1))
          .map(run -> run.committedAs(commit.getLong(0)))
          .ifPresent(runs::add);
    }

    return runs;
  }

  /** Empty for a commit of someone else who also leaves metadata. */
  private Optional<Run> parse(String metadata) {
    return spark
        .read()
        .schema(Run.SCHEMA)
        .options(JSON)
        .json(spark.createDataset(List.of(metadata), Encoders.STRING()))
        .where(col("run_id").isNotNull())
        .collectAsList()
        .stream()
        .map(Run::of)
        .findFirst();
  }

  private LakeTable table() {
    return lake.table("ops/runs", Run.SCHEMA, List.of("view"));
  }

  private static String format() {
    return JSON.get("timestampFormat").replace("'", "\\'");
  }
}
