package batch.alerts;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.to_json;

import common.alerts.Alert;
import common.alerts.AlertLog;
import common.alerts.AlertRule;
import common.alerts.JudgedRow;
import common.lake.Boundaries;
import common.lake.Lake;
import common.metrics.DateRange;
import common.metrics.Levels;
import common.metrics.View;
import common.ops.Run;
import common.ops.StreamProgress;
import common.session.JobDescription;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.function.FlatMapGroupsFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reviews the alerts of the speed layer after a batch run. The same alert rule is applied to the
 * exact rows of the batch view: the result confirms or overturns each alert, and reveals alerts
 * that the speed layer missed. New and changed verdicts are appended to {@code ops/alerts}.
 *
 * <p>The review covers windows before the boundary that the run computed or that the boundary has
 * just passed. An alert counts as missed only if the view's alerts query had seen all events of its
 * window. If a review is interrupted, the next run repeats it along with its own review, without
 * recording any verdict twice.
 */
public final class AlertReview {
  private static final Logger LOG = LoggerFactory.getLogger(AlertReview.class);

  private static final String KEY = "key";

  /**
   * How long before a span the evaluation of rows begins, to establish consecutive windows and
   * cooldowns.
   */
  private static final Duration RUN_UP = Duration.ofDays(1);

  private final SparkSession spark;
  private final Lake lake;
  private final AlertLog log;
  private final Clock clock;

  public AlertReview(SparkSession spark, Lake lake, Clock clock) {
    this.spark = spark;
    this.lake = lake;
    this.log = new AlertLog(lake);
    this.clock = clock;
  }

  /** Reviews a view after the commit of a run, before the run's boundary is published. */
  public void review(View view, Run run) {
    if (view.levels().isEmpty() || run.output().boundary().isEmpty() || !log.exists()) {
      return;
    }

    // Adds columns to a table that an earlier version of the application created.
    log.create();
    JobDescription.step(spark, "review alerts", () -> reviewed(view, run));
  }

  private void reviewed(View view, Run run) {
    List<Alert> current = log.current(view);
    Instant boundary = run.output().boundary().orElseThrow();
    Instant watched = watchedSince(view).orElse(boundary);
    Instant from =
        current.stream()
            .map(alert -> alert.since().start())
            .filter(watched::isAfter)
            .min(Comparator.naturalOrder())
            .orElse(watched);
    Map<Map<String, String>, List<Row>> recorded =
        current.stream()
            .collect(groupingBy(alert -> alert.subject().keys(), mapping(Alert::toRow, toList())));
    List<Alert> verdicts =
        spans(run, new Boundaries(lake).current(view), new Span(from, boundary)).stream()
            .flatMap(span -> verdicts(view, span, recorded, watched).stream())
            .toList();
    log.append(verdicts);
    verdicts.stream()
        .collect(groupingBy(alert -> alert.verdict().orElseThrow(), counting()))
        .forEach(
            (verdict, count) -> LOG.info("batch: {} alerts of {} {}", count, view.name(), verdict));
  }

  /**
   * The event time from which the view's alerts query has seen all events: the newest event time in
   * the query's first micro-batch. The first micro-batch may begin anywhere in the topic and
   * contain events that are hours late.
   */
  private Optional<Instant> watchedSince(View view) {
    Row first =
        new StreamProgress(spark, lake)
            .of(StreamProgress.speedQuery(view, "alerts"))
            .where(col("newest_event").isNotNull())
            .agg(min_by(col("newest_event"), col("started_at")))
            .first();
    return Optional.ofNullable(first.getInstant(0));
  }

  private static List<Span> spans(Run run, Optional<Instant> published, Span all) {
    boolean idle = run.kind() == Run.Kind.incremental && run.counts().rows() == 0;
    Stream<Span> whole = Stream.of(all);
    Stream<Span> computed =
        run.output()
            .dates()
            .map(dates -> dates.ranges().stream().map(AlertReview::reach))
            .orElse(idle ? Stream.empty() : whole);
    Stream<Span> passed = Stream.of(new Span(published.orElse(all.from()), all.to()));
    return Span.merged(Stream.concat(computed, passed).flatMap(span -> span.within(all)));
  }

  /**
   * The windows whose alerts can be affected by changes on the given days: from the start of the
   * days to one run-up after their end.
   */
  private static Span reach(DateRange days) {
    return new Span(days.start(), days.end().plus(RUN_UP));
  }

  private List<Alert> verdicts(
      View view, Span span, Map<Map<String, String>, List<Row>> recorded, Instant watchedSince) {
    Instant runUp = span.from().minus(RUN_UP);
    Dataset<Row> rows = rows(view, runUp, span.to());
    Dataset<Row> concerned =
        rows.join(
            broadcast(concerned(view, rows, recorded.keySet())),
            view.keys().toArray(String[]::new),
            "left_semi");
    return JudgedRow.select(concerned, view)
        .withColumn(KEY, to_json(col("keys")))
        .groupByKey((MapFunction<Row, String>) row -> row.getAs(KEY), Encoders.STRING())
        .flatMapSortedGroups(
            new Column[] {col(View.WINDOW_START)},
            judge(AlertRule.of(view), recorded, runUp, span, watchedSince, clock.instant()),
            Encoders.row(Alert.SCHEMA))
        .collectAsList()
        .stream()
        .map(Alert::of)
        .toList();
  }

  private Dataset<Row> rows(View view, Instant from, Instant to) {
    return lake.batchView(view)
        .read()
        .where(col(View.EVENT_DATE).between(lit(date(from)), lit(date(to))))
        .where(col(View.WINDOW_START).geq(lit(from)).and(col(View.WINDOW_START).lt(lit(to))));
  }

  private static LocalDate date(Instant time) {
    return time.atZone(ZoneOffset.UTC).toLocalDate();
  }

  /** The keys with an alert, or with a row that has a level. */
  private Dataset<Row> concerned(
      View view, Dataset<Row> rows, Collection<Map<String, String>> recorded) {
    Levels levels = view.levels().orElseThrow();
    Column[] keys = view.keys().stream().map(functions::col).toArray(Column[]::new);
    StructType asText = new StructType();
    for (String key : view.keys()) {
      asText = asText.add(key, DataTypes.StringType);
    }

    List<Row> known =
        recorded.stream()
            .map(values -> RowFactory.create(view.keys().stream().map(values::get).toArray()))
            .toList();
    Column[] typed =
        view.keys().stream()
            .map(key -> col(key).cast(rows.schema().apply(key).dataType()).as(key))
            .toArray(Column[]::new);
    return rows.where(col(levels.column()).notEqual(levels.otherwise()))
        .select(keys)
        .union(spark.createDataFrame(known, asText).select(typed))
        .distinct();
  }

  /**
   * Evaluates the rows of a key.
   *
   * @param recorded rows of {@link Alert#SCHEMA} by key, because alerts are not serializable
   */
  private static FlatMapGroupsFunction<String, Row, Row> judge(
      AlertRule rule,
      Map<Map<String, String>, List<Row>> recorded,
      Instant runUp,
      Span span,
      Instant watchedSince,
      Instant now) {
    return (key, rows) -> {
      JudgedRow first = JudgedRow.of(rows.next());
      Spliterator<Row> rest = Spliterators.spliteratorUnknownSize(rows, Spliterator.ORDERED);
      Iterator<JudgedRow> judged =
          Stream.concat(Stream.of(first), StreamSupport.stream(rest, false).map(JudgedRow::of))
              .iterator();
      List<Alert> known =
          recorded.getOrDefault(first.keys(), List.of()).stream().map(Alert::of).toList();
      return new Verdicts(rule, known, runUp, span, watchedSince)
          .of(judged, now).stream().map(Alert::toRow).iterator();
    };
  }
}
