package speed.sink.alerts;

import common.alerts.Alert;
import common.alerts.AlertLog;
import common.alerts.AlertRule;
import common.alerts.JudgedRow;
import common.alerts.KeyAlerts;
import common.lake.Lake;
import common.metrics.View;
import common.session.JobDescription;
import common.settings.Settings;
import common.streaming.Checkpoint;
import common.telemetry.AlertTelemetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import speed.sink.Sink;

/**
 * Raises and resolves alerts. The state of each key is in {@code ops/alerts}, so a restarted job
 * resumes from there, and a replayed micro-batch adds nothing.
 *
 * <p>The driver receives only rows that can change an alert, and keeps state only for keys that
 * have had an alert.
 */
public final class AlertSink implements Sink {
  private final transient View view;
  private final transient AlertRule rule;
  private final Duration trigger;
  private final transient AlertLog log;
  private final transient Clock clock;
  private final transient AlertDelivery delivery;
  private final transient Map<Map<String, String>, KeyAlerts> byKey = new HashMap<>();
  private transient Optional<Long> replayed = Optional.empty();
  private transient boolean resumed;

  private AlertSink(
      View view, Duration trigger, AlertLog log, Clock clock, AlertDelivery delivery) {
    this.view = view;
    this.rule = AlertRule.of(view);
    this.trigger = trigger;
    this.log = log;
    this.clock = clock;
    this.delivery = delivery;
  }

  /**
   * Opens the sink and starts delivery.
   *
   * @param view a view with levels
   */
  public static AlertSink open(SparkSession spark, View view, Lake lake, Settings settings) {
    AlertLog log = new AlertLog(lake);
    log.create();
    Clock clock = Clock.systemUTC();
    return new AlertSink(
        view,
        settings.speed().alerts().trigger(),
        log,
        clock,
        new AlertDelivery(spark, lake, view, settings, clock));
  }

  @Override
  public Duration trigger() {
    return trigger;
  }

  @Override
  public void close() {
    delivery.close();
  }

  @Override
  public Emission emission() {
    return switch (view.levels().orElseThrow().alerting().on()) {
      case close -> Emission.closed;
      case update -> Emission.changed;
    };
  }

  @Override
  public void call(Dataset<Row> changed, Long batchId) {
    String writer = changed.sparkSession().sparkContext().getLocalProperty(Checkpoint.QUERY_ID);
    resume(writer);
    if (replayed.filter(last -> batchId <= last).isPresent()) {
      return;
    }

    List<JudgedRow> rows =
        JobDescription.step(changed.sparkSession(), "evaluate the levels", () -> rows(changed));
    List<Alert> revisions = judge(rows);
    log.append(revisions, writer, batchId);
    revisions.forEach(
        revision ->
            AlertTelemetry.changed(
                view.name(), revision.subject().level(), revision.state().name()));
    delivery.offer(revisions);
  }

  /**
   * Reads the table only once, because no other job evaluates the view's live rows while this job
   * is running.
   */
  private void resume(String writer) {
    if (resumed) {
      return;
    }

    replayed = log.lastBatch(writer);
    log.current(view).stream()
        .filter(alert -> alert.raisedAt().isPresent() || !alert.wasRaised())
        .collect(Collectors.groupingBy(alert -> alert.subject().keys()))
        .forEach((keys, alerts) -> byKey.put(keys, new KeyAlerts(rule, alerts)));
    resumed = true;
  }

  /**
   * The rows that can change an alert: all rows of keys that have an open alert or a row with a
   * level. Which keys have such a row is known only after a first pass.
   */
  private List<JudgedRow> rows(Dataset<Row> changed) {
    Dataset<Row> judged = JudgedRow.select(changed, view).persist();
    try {
      Set<Map<String, String>> open =
          byKey.entrySet().stream()
              .filter(known -> known.getValue().open().isPresent())
              .map(Map.Entry::getKey)
              .collect(Collectors.toSet());
      List<Row> rows =
          new ArrayList<>(judged.filter(relevant(rule.normal(), open)).collectAsList());
      Set<Map<String, String>> entered =
          rows.stream()
              .map(row -> Map.copyOf(row.<String, String>getJavaMap(0)))
              .filter(key -> !open.contains(key))
              .collect(Collectors.toSet());
      if (!entered.isEmpty()) {
        rows.addAll(judged.filter(normalOf(rule.normal(), entered)).collectAsList());
      }

      return rows.stream().map(JudgedRow::of).sorted(JudgedRow.BY_WINDOW).toList();
    } finally {
      judged.unpersist();
    }
  }

  private static FilterFunction<Row> relevant(String normal, Set<Map<String, String>> open) {
    return row ->
        !normal.equals(row.getString(3))
            || (!open.isEmpty() && open.contains(row.<String, String>getJavaMap(0)));
  }

  private static FilterFunction<Row> normalOf(String normal, Set<Map<String, String>> keys) {
    return row ->
        normal.equals(row.getString(3)) && keys.contains(row.<String, String>getJavaMap(0));
  }

  private List<Alert> judge(List<JudgedRow> rows) {
    Instant now = clock.instant();
    List<Alert> revisions = new ArrayList<>();
    for (JudgedRow row : rows) {
      KeyAlerts alerts = byKey.computeIfAbsent(row.keys(), keys -> new KeyAlerts(rule, List.of()));
      revisions.addAll(alerts.judge(row, now));
    }

    return revisions;
  }
}
