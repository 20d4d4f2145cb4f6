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
 * What a comparison of the layers found: a row of {@code ops/reconciliation}.
 *
 * @param from windows that start then or later were compared
 * @param to and that start before then
 * @param windows compared: those that either layer has
 * @param unexplained windows that differ beyond the tolerance for no reason that the ledger knows
 * @param causes of the other differing windows, with their number
 * @param lateShare late records of all that the speed job read; null when it kept no account
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

  /** Folder of the table that keeps them. */
  public static final String TABLE = "ops/reconciliation";

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
   * How far a measure lies apart in the windows that both layers have.
   *
   * @param limit greatest difference that counts as agreement
   */
  public record Difference(
      String measure, double limit, long mismatched, double p50, double p99, double max) {
    Row toRow() {
      return RowFactory.create(measure, limit, mismatched, p50, p99, max);
    }
  }

  public long differing() {
    return windows - agreeing;
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
