package common.lake;

import common.event.EventSchema;
import common.metrics.Metrics;
import common.metrics.View;
import common.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The tables of the lake and their locations below {@code lake.root}. */
public final class Lake {
  /**
   * Schema of {@code serving/boundary}: one row per view. {@code previous_boundary} is the boundary
   * that was replaced; if the boundary moved forward, SQL readers use the previous one until {@code
   * serving.settle} has passed since {@code published_at}.
   */
  public static final StructType BOUNDARY =
      new StructType()
          .add("view", DataTypes.StringType)
          .add("boundary", DataTypes.TimestampType)
          .add("origin", DataTypes.StringType)
          .add("published_at", DataTypes.TimestampType)
          .add("previous_boundary", DataTypes.TimestampType);

  private static final String SKIPPING_COLUMNS = "delta.dataSkippingNumIndexedCols";

  private final Session session;
  private final String root;

  public Lake(Session session, String root) {
    this.session = session;
    this.root = root;
  }

  public Lake(SparkSession spark, String root) {
    this(Session.running(spark), root);
  }

  public String root() {
    return root;
  }

  /**
   * Every event as it arrived, append-only; {@link EventSchema#MASTER}. Incremental runs find new
   * events through its change data feed.
   */
  public LakeTable master() {
    String columnsBeforeBody = String.valueOf(EventSchema.MASTER.length() - 1);
    return table(
        "master/events",
        TableDefinition.of(
            EventSchema.MASTER,
            List.of(EventSchema.INGESTION_DATE),
            Map.of(
                "delta.appendOnly",
                "true",
                "delta.enableChangeDataFeed",
                "true",
                SKIPPING_COLUMNS,
                columnsBeforeBody)));
  }

  /** Every record that is not an event, append-only; {@link EventSchema#QUARANTINE}. */
  public LakeTable quarantine() {
    String columnsBeforeBody = String.valueOf(EventSchema.QUARANTINE.length() - 1);
    return table(
        "master/quarantine",
        TableDefinition.of(
            EventSchema.QUARANTINE,
            List.of(EventSchema.INGESTION_DATE),
            Map.of("delta.appendOnly", "true", SKIPPING_COLUMNS, columnsBeforeBody)));
  }

  /** The tables that serve a view. */
  public ViewTables of(View view) {
    return new ViewTables(view, viewTable("batch", view), viewTable("speed", view), boundary());
  }

  /** The exact rows of a view. */
  public LakeTable batchView(View view) {
    return of(view).batch();
  }

  /** The newest rows of a view, as the speed job maintains them. */
  public LakeTable speedView(View view) {
    return of(view).speed();
  }

  /** Where the batch view ends and the speed view begins; {@link #BOUNDARY}. */
  public LakeTable boundary() {
    return table("serving/boundary", BOUNDARY, List.of("view"));
  }

  /** A table by its folder below the root. */
  public LakeTable table(String folder, StructType schema, List<String> partitionColumns) {
    return table(folder, TableDefinition.of(schema, partitionColumns, Map.of()));
  }

  /** The tables that receive many small commits: boundaries, baselines and the records of jobs. */
  public List<LakeTable> operations() {
    return Stream.of(
            "serving/boundary",
            "serving/baseline",
            "ops/runs",
            "ops/stream_progress",
            "ops/reconciliation",
            "ops/heartbeats",
            "ops/alerts",
            "ops/alert_deliveries")
        .map(folder -> table(folder, new StructType(), List.of()))
        .toList();
  }

  /** The folder of a stream's checkpoint. */
  public String checkpoint(String... names) {
    return root + "/checkpoints/" + String.join("/", names);
  }

  private LakeTable viewTable(String layer, View view) {
    List<String> columns = new ArrayList<>(Metrics.columns(view));
    columns.add(View.COMPUTED_AT);
    return table(
        layer + "/" + view.name(),
        new TableDefinition(
            columns,
            () ->
                Metrics.schema(session.spark(), view)
                    .add(View.COMPUTED_AT, DataTypes.TimestampType),
            List.of(View.EVENT_DATE),
            Map.of(TableDefinition.DEFINITION, view.definition())));
  }

  private LakeTable table(String folder, TableDefinition definition) {
    return new LakeTable(session, root + "/" + folder, definition);
  }
}
