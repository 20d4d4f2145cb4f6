package serving.sql.databricks;

import static java.util.stream.Collectors.joining;

import common.metrics.Measure;
import common.metrics.RollUp;
import common.metrics.SquaredDistances;
import common.metrics.View;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import serving.sql.Dialect;
import serving.sql.MeasureDescription;
import serving.sql.UnifiedView;

/**
 * A Databricks metric view: its source is the query of the unified view with the parts of the
 * measures. Users' queries choose the columns by which {@code MEASURE(name)} is grouped.
 *
 * <p>Source: Azure Databricks documentation, "Metric view YAML syntax reference", version 1.1.
 */
public final class MetricView {
  private final View view;
  private final UnifiedView rows;
  private final Dialect dialect;

  /**
   * Prepares the metric view.
   *
   * @param schema the schema of the view's tables
   * @param dialect the Spark dialect
   * @param settle how long after its publication a boundary that moved forward remains unused
   */
  public MetricView(View view, StructType schema, Dialect dialect, Duration settle) {
    this.view = view;
    this.dialect = dialect;
    List<String> parts =
        view.measures().stream().flatMap(measure -> RollUp.of(measure).columns(measure)).toList();
    this.rows = UnifiedView.withParts(view, schema, dialect, settle, parts);
  }

  /** The statement that creates the metric view. */
  public String create() {
    return """
        CREATE OR REPLACE VIEW %s
        WITH METRICS
        LANGUAGE YAML
        AS $$
        %s$$;
        """
        .formatted(dialect.quoted(view.name() + "_metric_view"), yaml());
  }

  String yaml() {
    String dimensions =
        Stream.concat(
                rows.columns().stream().map(StructField::name).filter(this::isDimension),
                Stream.of(View.SOURCE))
            .map(
                name -> entry(name) + "    expr: %s\n".formatted(Yaml.quoted(dialect.quoted(name))))
            .collect(joining());
    String measures = view.measures().stream().map(this::measure).collect(joining());
    return """
        version: 1.1
        comment: %s
        source: %s
        dimensions:
        %smeasures:
        %s"""
        .formatted(
            Yaml.quoted("Measures of %s by any of its columns".formatted(view.name())),
            Yaml.text(rows.select(), 2),
            dimensions,
            measures);
  }

  private String measure(Measure measure) {
    RollUp rollUp = RollUp.of(measure);
    return entry(measure.name())
        + "    expr: %s\n".formatted(Yaml.text(expression(measure, rollUp), 6))
        + "    comment: %s\n"
            .formatted(Yaml.quoted(MeasureDescription.of(measure, rollUp, view.window())));
  }

  private static String entry(String name) {
    return "  - name: %s\n".formatted(Yaml.quoted(name));
  }

  private boolean isDimension(String column) {
    return view.served().contains(column) && !view.measureNames().contains(column);
  }

  private String expression(Measure measure, RollUp rollUp) {
    String value = value(measure, rollUp);
    String start = dialect.quoted(View.WINDOW_START);
    return switch (rollUp.rows(view.window())) {
      case ANY -> value;
      case ONE_WINDOW -> "CASE WHEN min(%1$s) = max(%1$s) THEN %2$s END".formatted(start, value);
      case ONE -> "CASE WHEN count(*) = 1 THEN %s END".formatted(value);
    };
  }

  private String value(Measure measure, RollUp rollUp) {
    String result = dialect.quoted(measure.name());
    return switch (rollUp) {
      case SUM -> "sum(%s)".formatted(result);
      case MIN -> "min(%s)".formatted(result);
      case MAX, NONE -> "max(%s)".formatted(result);
      case MEAN ->
          "CASE WHEN sum(%2$s) > 0 THEN CAST(sum(%1$s) AS DOUBLE) / sum(%2$s) END"
              .formatted(part(measure, Measure.SUM), part(measure, Measure.COUNT));
      case DEVIATION ->
          "CASE WHEN sum(%1$s) > 1 THEN sqrt(%2$s / (sum(%1$s) - 1)) END"
              .formatted(part(measure, Measure.COUNT), SquaredDistances.merged(measure));
      case DISTINCT ->
          "CASE WHEN count(*) = 1 THEN max(%s) ELSE hll_sketch_estimate(hll_union_agg(%s)) END"
              .formatted(result, part(measure, Measure.SKETCH));
    };
  }

  private String part(Measure measure, String suffix) {
    return dialect.quoted(measure.partName(suffix));
  }
}
