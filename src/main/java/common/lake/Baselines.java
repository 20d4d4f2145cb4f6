package common.lake;

import static java.util.stream.Collectors.joining;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import common.metrics.Baseline;
import common.metrics.View;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The published baselines of each view: {@link Baseline#SCHEMA} with the view's name, an identifier
 * of the view's definition, and the time of publication. The batch layer publishes a day's baseline
 * once, before evaluating any row of that day, and only a rebuild replaces the baseline. Both
 * layers, and repeated runs, therefore evaluate a row against the same values.
 *
 * <p>A row without keys marks a day as published, because it is possible that no key has enough
 * history. Baselines of earlier definitions are kept, because a restore can bring back an earlier
 * definition.
 */
public final class Baselines {
  private static final String VIEW = "view";
  private static final String DEFINITION = "definition";

  private final LakeTable table;

  public Baselines(Lake lake) {
    StructType schema = new StructType().add(VIEW, DataTypes.StringType);
    for (StructField field : Baseline.SCHEMA.fields()) {
      schema = schema.add(field);
    }

    this.table =
        lake.table(
            "serving/baseline",
            schema
                .add(DEFINITION, DataTypes.StringType)
                .add("published_at", DataTypes.TimestampType),
            List.of(VIEW, DEFINITION, Baseline.VALID_ON));
  }

  public void create() {
    table.create();
  }

  /** The days for which a baseline of the view's current definition has been published. */
  public Set<LocalDate> published(View view) {
    String definition = Baseline.definition(view);
    return table.partitions(VIEW, view.name()).stream()
        .filter(partition -> definition.equals(partition.get(DEFINITION)))
        .map(partition -> LocalDate.parse(partition.get(Baseline.VALID_ON)))
        .collect(Collectors.toSet());
  }

  /**
   * An identifier of the table's state, which changes with each publication and when the table is
   * recreated.
   */
  public String version() {
    if (!table.exists()) {
      return "none";
    }

    TableState state = table.state();
    return state.id() + " " + state.version();
  }

  /**
   * The baselines of the view's current definition that are valid on the given days; the table must
   * exist.
   *
   * @return rows with at least the columns of {@link Baseline#SCHEMA}
   */
  public Dataset<Row> of(View view, Collection<LocalDate> days) {
    return table
        .read()
        .where(col(VIEW).equalTo(view.name()))
        .where(col(Baseline.VALID_ON).isInCollection(days))
        .where(col(DEFINITION).equalTo(Baseline.definition(view)));
  }

  /**
   * Publishes the baselines of the given days, replacing any baselines already published for them.
   */
  public void publish(View view, Dataset<Row> baselines, Collection<LocalDate> days, Instant now) {
    String replaced =
        days.stream()
            .sorted()
            .map("DATE'%s'"::formatted)
            .collect(joining(", ", " AND " + Baseline.VALID_ON + " IN (", ")"));
    write(view, baselines, days, now, replaced);
  }

  /** Publishes baselines, replacing all baselines of the view's current definition. */
  public void replace(View view, Dataset<Row> baselines, Collection<LocalDate> days, Instant now) {
    write(view, baselines, days, now, "");
  }

  private void write(
      View view, Dataset<Row> baselines, Collection<LocalDate> days, Instant now, String replaced) {
    String definition = Baseline.definition(view);
    List<Row> marks =
        days.stream().map(day -> RowFactory.create(day, null, null, Map.of())).toList();
    Dataset<Row> rows =
        baselines
            .unionByName(baselines.sparkSession().createDataFrame(marks, Baseline.SCHEMA))
            .withColumn(VIEW, lit(view.name()))
            .withColumn(DEFINITION, lit(definition))
            .withColumn("published_at", lit(now))
            .repartition(col(Baseline.VALID_ON));
    Commits.retried(
        "baseline of " + view.name(),
        () ->
            rows.write()
                .format("delta")
                .mode("overwrite")
                .option(
                    "replaceWhere",
                    "%s = '%s' AND %s = '%s'%s"
                        .formatted(VIEW, view.name(), DEFINITION, definition, replaced))
                .save(table.path()));
  }
}
