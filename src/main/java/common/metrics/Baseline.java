package common.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.hour;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.var_pop;
import static org.apache.spark.sql.functions.when;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The normal values of a key at an hour of the day: mean and sample standard deviation of a measure
 * over the windows of that hour on earlier days. A {@code deviates(...)} condition compares a
 * measure with its baseline.
 *
 * <p>The baseline of a day covers days up to the day before yesterday, so that it can be published
 * before the day begins.
 */
public final class Baseline {
  public static final String VALID_ON = "valid_on";
  private static final String KEYS = "keys";
  private static final String HOUR = "hour";
  private static final String MEASURES = "measures";

  /** Days between the newest day that a baseline covers and the day on which it is valid. */
  private static final int AHEAD = 2;

  /**
   * Rows of a baseline: one for each key, hour of the day (0 to 23, UTC) of the window's start, and
   * day on which the baseline is valid. {@code keys} are the values of the view's keys as text, in
   * the view's order; {@code measures} has one entry per measure with enough history.
   */
  public static final StructType SCHEMA =
      new StructType()
          .add(VALID_ON, DataTypes.DateType)
          .add(KEYS, DataTypes.createArrayType(DataTypes.StringType))
          .add(HOUR, DataTypes.IntegerType)
          .add(
              MEASURES,
              DataTypes.createMapType(
                  DataTypes.StringType,
                  new StructType()
                      .add("mean", DataTypes.DoubleType)
                      .add("deviation", DataTypes.DoubleType)
                      .add("windows", DataTypes.LongType)
                      .add("days", DataTypes.IntegerType)));

  private Baseline() {}

  /**
   * How much history a baseline covers.
   *
   * @param days maximum number of days
   * @param minDays minimum number of days with values; with fewer days, there is no baseline
   */
  public record History(int days, int minDays) {

    /** The days that the baselines of the given days cover. */
    public DateRange of(Collection<LocalDate> valid) {
      LocalDate first = valid.stream().min(LocalDate::compareTo).orElseThrow();
      LocalDate last = valid.stream().max(LocalDate::compareTo).orElseThrow();
      return new DateRange(first.minusDays(AHEAD + days - 1L), last.minusDays(AHEAD));
    }
  }

  /** Name of the column with the mean that a measure is compared with. */
  public static String meanColumn(String measure) {
    return measure + "__baseline";
  }

  /** Name of the column with the standard deviation. */
  static String deviationColumn(String measure) {
    return measure + "__deviation";
  }

  /**
   * An identifier of the definition that a view's baselines depend on. Baselines published under
   * another definition do not apply.
   */
  public static String definition(View view) {
    View measured =
        new View(view.name(), view.keys(), view.window(), view.measures(), view.clusterBy());
    String text = measured.definition() + "\nbaselines: " + view.baselineMeasures();
    return UUID.nameUUIDFromBytes(text.getBytes(UTF_8)).toString();
  }

  /**
   * Computes baselines.
   *
   * @param rows rows of the view, at least for the days of {@link History#of}
   * @param valid days on which the baselines are valid
   * @return rows of {@link #SCHEMA}
   */
  public static Dataset<Row> of(
      Dataset<Row> rows, View view, Collection<LocalDate> valid, History history) {
    List<String> measures = view.baselineMeasures();
    List<Column> daily = new ArrayList<>();
    List<Column> collected = new ArrayList<>();
    for (String measure : measures) {
      Column value = col(measure).cast(DataTypes.DoubleType);
      daily.add(
          struct(avg(value).as("mean"), var_pop(value).as("variance"), count(value).as("windows"))
              .as(ofDays(measure)));
      Column hasValues = col(ofDays(measure) + ".windows").gt(0);
      // Sorted, because sums of doubles depend on their order.
      collected.add(
          sort_array(collect_list(when(hasValues, col(ofDays(measure))))).as(ofDays(measure)));
    }

    Dataset<Row> byDay =
        rows.where(history.of(valid).holds())
            .groupBy(
                keys(view).as(KEYS), col(View.EVENT_DATE), hour(col(View.WINDOW_START)).as(HOUR))
            .agg(daily.get(0), rest(daily));
    Dataset<Row> grouped =
        byDay
            .withColumn(VALID_ON, explode(expr(followers(history))))
            .where(col(VALID_ON).isInCollection(valid))
            .groupBy(KEYS, VALID_ON, HOUR)
            .agg(collected.get(0), rest(collected));
    String entries =
        measures.stream()
            .map(measure -> "struct('%1$s', %2$s)".formatted(measure, statistics(measure)))
            .reduce((one, next) -> one + ", " + next)
            .orElseThrow();
    return grouped
        .select(
            col(VALID_ON),
            col(KEYS),
            col(HOUR),
            expr("map_from_entries(filter(array(%s), e -> e.col2.days >= %d AND e.col2.windows > 1))"
                    .formatted(entries, history.minDays()))
                .as(MEASURES))
        .where("size(%s) > 0".formatted(MEASURES));
  }

  private static String followers(History history) {
    return "sequence(date_add(%1$s, %2$d), date_add(%1$s, %3$d))"
        .formatted(View.EVENT_DATE, AHEAD, AHEAD + history.days() - 1);
  }

  /** Merges means and variances of days; sums of squares would lose digits. */
  private static String statistics(String measure) {
    return """
        transform(
          transform(
            array(aggregate(%1$s, 0L, (sum, day) -> sum + day.windows)),
            windows -> struct(
              aggregate(%1$s, 0D, (sum, day) -> sum + day.windows * day.mean) / windows AS mean,
              windows)),
          all -> struct(
            all.mean AS mean,
            sqrt(aggregate(%1$s, 0D, (sum, day) -> sum
              + day.windows * (day.variance + (day.mean - all.mean) * (day.mean - all.mean)))
              / (all.windows - 1)) AS deviation,
            all.windows AS windows,
            size(%1$s) AS days))[0]"""
        .formatted(ofDays(measure));
  }

  /** A column name that no measure can have. */
  private static String ofDays(String measure) {
    return "days__" + measure;
  }

  /**
   * Rows of the view with their baselines and the resulting levels.
   *
   * @param rows as {@link Metrics#aggregate} returns them, without a baseline; further columns are
   *     kept
   * @param baselines rows of {@link #SCHEMA}, which must fit into memory
   */
  public static Dataset<Row> judged(Dataset<Row> rows, View view, Dataset<Row> baselines) {
    Dataset<Row> normal = baselines.as("normal");
    Column[] columns =
        Stream.of(rows.columns()).map(name -> column(name, view)).toArray(Column[]::new);
    Dataset<Row> joined =
        rows.as("judged")
            .join(
                broadcast(normal),
                keys(view)
                    .equalTo(col("normal." + KEYS))
                    .and(col(View.EVENT_DATE).equalTo(col("normal." + VALID_ON)))
                    .and(hour(col(View.WINDOW_START)).equalTo(col("normal." + HOUR))),
                "left_outer")
            .select(columns);
    return Metrics.leveled(joined, view);
  }

  private static Column column(String name, View view) {
    for (String measure : view.baselineMeasures()) {
      Column entry = col("normal." + MEASURES).getItem(measure);
      if (name.equals(meanColumn(measure))) {
        return entry.getField("mean").as(name);
      }

      if (name.equals(deviationColumn(measure))) {
        return entry.getField("deviation").as(name);
      }
    }

    return col("judged." + name);
  }

  private static Column keys(View view) {
    return array(
        view.keys().stream()
            .map(key -> col(key).cast(DataTypes.StringType))
            .toArray(Column[]::new));
  }

  private static Column[] rest(List<Column> columns) {
    return columns.subList(1, columns.size()).toArray(Column[]::new);
  }
}
