package serving.reconcile;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Result of a comparison of the layers: a row of {@code ops/reconciliation}.
 *
 * @param from start of the compared range of window starts, inclusive
 * @param to end of that range, exclusive
 * @param windows number of windows compared, which are all windows in either layer
 * @param unexplained number of windows that differ beyond the tolerance without an explanation in
 *     the ledger
 * @param causes number of the other differing windows, by cause
 * @param lateShare late records as a fraction of all records that the speed job read; null when the
 *     ledger has no counts
 */
public record Reconciliation(
    String view,
    Instant at,
    Instant from,
    Instant to,
    long windows,
    long agreeing,
    long missingInBatch,
    long missingInSpeed,
    long mismatched,
    long unexplained,
    Map<String, Long> causes,
    Double lateShare,
    List<Difference> measures) {

  private static final StructType DIFFERENCE =
      new StructType()
          .add("measure", DataTypes.StringType)
          .add("limit", DataTypes.DoubleType)
          .add("mismatched", DataTypes.LongType)
          .add("p50", DataTypes.DoubleType)
          .add("p99", DataTypes.DoubleType)
          .add("max", DataTypes.DoubleType);

  /** Schema of {@code ops/reconciliation}. */
  public static final StructType SCHEMA =
      new StructType()
          .add("view", DataTypes.StringType)
          .add("at", DataTypes.TimestampType)
          .add("from", DataTypes.TimestampType)
          .add("to", DataTypes.TimestampType)
          .add("windows", DataTypes.LongType)
          .add("agreeing", DataTypes.LongType)
          .add("missing_in_batch", DataTypes.LongType)
          .add("missing_in_speed", DataTypes.LongType)
          .add("mismatched", DataTypes.LongType)
          .add("unexplained", DataTypes.LongType)
          .add("causes", DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType))
          .add("late_share", DataTypes.DoubleType)
          .add("measures", DataTypes.createArrayType(DIFFERENCE));

  /**
   * Differences of a measure over the windows that both layers have.
   *
   * @param limit largest difference that counts as agreement
   */
  public record Difference(
      String measure, double limit, long mismatched, double p50, double p99, double max) {
    static Difference of(Row row) {
      return new Difference(
          row.getAs("measure"),
          row.getAs("limit"),
          row.getAs("mismatched"),
          row.getAs("p50"),
          row.getAs("p99"),
          row.getAs("max"));
    }

    Row toRow() {
      return RowFactory.create(measure, limit, mismatched, p50, p99, max);
    }
  }

  public long differing() {
    return windows - agreeing;
  }

  static Reconciliation of(Row row) {
    return new Reconciliation(
        row.getAs("view"),
        row.getAs("at"),
        row.getAs("from"),
        row.getAs("to"),
        row.getAs("windows"),
        row.getAs("agreeing"),
        row.getAs("missing_in_batch"),
        row.getAs("missing_in_speed"),
        row.getAs("mismatched"),
        row.getAs("unexplained"),
        row.<String, Long>getJavaMap(row.fieldIndex("causes")),
        row.getAs("late_share"),
        row.<Row>getList(row.fieldIndex("measures")).stream().map(Difference::of).toList());
  }

  Row toRow() {
    return RowFactory.create(
        view,
        at,
        from,
        to,
        windows,
        agreeing,
        missingInBatch,
        missingInSpeed,
        mismatched,
        unexplained,
        CollectionConverters.asScala(causes),
        lateShare,
        CollectionConverters.asScala(measures.stream().map(Difference::toRow).toList()).toSeq());
  }
}
