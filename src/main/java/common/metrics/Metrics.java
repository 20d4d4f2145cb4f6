package common.metrics;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.to_date;

import common.ErrorCode;
import common.Failure;
import common.event.EventSchema;
import common.metrics.Measure.Part;
import common.metrics.MeasureKind.Exact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The computation that the layers share: batch and speed compute views only with {@link
 * #aggregate}.
 *
 * <p>Rows: the keys, window_start and window_end (timestamp, UTC), event_date (date of
 * window_start), one column per measure, the anomaly level if the view has {@link Levels}, the
 * baselines that levels compare with ({@code MEASURE__baseline}, {@code MEASURE__deviation};
 * double), and the parts that a roll-up needs ({@code MEASURE__PART}). The baselines are null until
 * {@link Baseline#judged} adds them.
 */
public final class Metrics {
  private static final String WINDOW = "window";

  /** Suffix of the column that {@link Exact} aggregates; not stored. */
  private static final String WHOLE = "whole";

  private Metrics() {}

  /**
   * Computes the view. Over a finite dataset every measure is exact; over a stream, kinds that
   * cannot be exact stay within their {@link MeasureKind#errorBound}.
   *
   * @param events rows with the columns of {@link EventSchema#EVENT}, each event once
   */
  public static Dataset<Row> aggregate(Dataset<Row> events, View view) {
    List<Column> aggregates = new ArrayList<>();
    List<Column> results = new ArrayList<>();
    Map<String, Column> parts = new HashMap<>();
    for (Measure measure : view.measures()) {
      Optional<Exact> exact =
          events.isStreaming() ? Optional.empty() : measure.kind().exact(measure);
      if (exact.isPresent()) {
        aggregates.add(exact.get().aggregate().as(measure.partName(WHOLE)));
        results.add(exact.get().result().apply(measure.merged(WHOLE)));
      } else {
        results.add(measure.kind().result(measure));
      }

      for (Part part : measure.kind().parts(measure)) {
        Optional<Column> ofWhole =
            exact.flatMap(Exact::part).map(of -> of.apply(measure.merged(WHOLE)));
        ofWhole.ifPresentOrElse(
            column -> parts.put(part.name(), column),
            () -> aggregates.add(part.partial().as(part.name())));
      }
    }

    Column window = view.window().over(col(EventSchema.EVENT_TIMESTAMP)).as(WINDOW);
    return group(events.where(view.covers()), view, window, aggregates, results, parts);
  }

  /**
   * Rolls partials up into the windows of a coarser view with the same measures, or merges rows of
   * the same window. Kinds with an error bound stay within the bound; other kinds are as exact as
   * {@link #aggregate}.
   *
   * @param partials rows as {@link #aggregate} returns them, for the same measures
   */
  public static Dataset<Row> merge(Dataset<Row> partials, View view) {
    List<Column> aggregates = parts(view).map(part -> part.merge().as(part.name())).toList();
    List<Column> results =
        view.measures().stream().map(measure -> measure.kind().result(measure)).toList();
    Column window = view.window().over(col(View.WINDOW_START)).as(WINDOW);
    Dataset<Row> merged = group(partials, view, window, aggregates, results, Map.of());

    // Each roll-up would widen the type of a decimal sum; the stored type is that of the first
    // aggregation.
    Column[] columns =
        Stream.of(merged.columns())
            .map(name -> merged.col(name).cast(typeOf(partials.schema(), merged, name)).as(name))
            .toArray(Column[]::new);
    return merged.select(columns);
  }

  /** The columns of {@link #aggregate}. */
  public static List<String> columns(View view) {
    List<String> results = view.resultNames();
    return Stream.of(
            view.keys().stream(),
            Stream.of(View.WINDOW_START, View.WINDOW_END, View.EVENT_DATE),
            results.stream(),
            view.baselineMeasures().stream()
                .flatMap(
                    measure ->
                        Stream.of(Baseline.meanColumn(measure), Baseline.deviationColumn(measure))),
            parts(view).map(Measure.Part::name).filter(part -> !results.contains(part)))
        .flatMap(Function.identity())
        .toList();
  }

  /**
   * The columns of {@link #aggregate} with their types.
   *
   * @throws Failure naming the view when an expression of the view does not fit the event, or a
   *     predicate of its levels does not fit the view
   */
  public static StructType schema(SparkSession spark, View view) {
    Dataset<Row> none = spark.createDataFrame(List.of(), EventSchema.EVENT);
    try {
      Dataset<Row> rows = aggregate(none, view);
      view.levels().stream()
          .flatMap(levels -> levels.rules().stream())
          .map(Levels.Rule::cleared)
          .forEach(rows::where);
      return nullable(rows.schema());
    } catch (Exception invalid) {
      // Spark throws the checked AnalysisException without declaring it.
      if (invalid instanceof AnalysisException) {
        throw new Failure(
            ErrorCode.VIEW_INVALID,
            "Invalid views.%s: %s".formatted(view.name(), firstLine(invalid)));
      }

      throw invalid;
    }
  }

  private static Dataset<Row> group(
      Dataset<Row> rows,
      View view,
      Column window,
      List<Column> aggregates,
      List<Column> results,
      Map<String, Column> parts) {
    Column[] grouping =
        Stream.concat(columns(view.keys()), Stream.of(window)).toArray(Column[]::new);
    Dataset<Row> grouped =
        rows.groupBy(grouping)
            .agg(
                aggregates.get(0), aggregates.subList(1, aggregates.size()).toArray(Column[]::new));

    List<Column> output = new ArrayList<>(columns(view.keys()).toList());
    output.add(col(WINDOW + ".start").as(View.WINDOW_START));
    output.add(col(WINDOW + ".end").as(View.WINDOW_END));
    output.add(to_date(col(WINDOW + ".start")).as(View.EVENT_DATE));
    for (int i = 0; i < results.size(); i++) {
      output.add(results.get(i).as(view.measures().get(i).name()));
    }

    parts(view)
        .map(Measure.Part::name)
        .filter(part -> !view.measureNames().contains(part))
        .forEach(part -> output.add(parts.getOrDefault(part, col(part)).as(part)));
    Dataset<Row> measured = grouped.select(output.toArray(Column[]::new));
    for (String measure : view.baselineMeasures()) {
      Column none = lit(null).cast(DataTypes.DoubleType);
      measured =
          measured
              .withColumn(Baseline.meanColumn(measure), none)
              .withColumn(Baseline.deviationColumn(measure), none);
    }

    return view.levels().isPresent()
        ? leveled(measured, view).select(columns(columns(view)).toArray(Column[]::new))
        : measured;
  }

  /** Levels are computed from the other columns, and therefore require a separate projection. */
  static Dataset<Row> leveled(Dataset<Row> rows, View view) {
    Levels levels = view.levels().orElseThrow();
    return rows.withColumn(levels.column(), levels.level());
  }

  private static Stream<Measure.Part> parts(View view) {
    return view.measures().stream().flatMap(measure -> measure.kind().parts(measure).stream());
  }

  private static Stream<Column> columns(List<String> names) {
    return names.stream().map(functions::col);
  }

  private static DataType typeOf(StructType partials, Dataset<Row> merged, String name) {
    StructType schema = List.of(partials.fieldNames()).contains(name) ? partials : merged.schema();
    return schema.apply(name).dataType();
  }

  private static StructType nullable(StructType schema) {
    StructType nullable = new StructType();
    for (StructField field : schema.fields()) {
      nullable = nullable.add(field.name(), field.dataType());
    }

    return nullable;
  }

  private static String firstLine(Exception invalid) {
    String line = String.valueOf(invalid.getMessage()).strip().lines().findFirst().orElse("");
    return line.replaceFirst("; line \\d+ pos \\d+;?$", "");
  }
}
