package common.alerts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import common.metrics.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * One revision of an alert: a row of {@code ops/alerts}. The revision with the highest number is
 * the current state of the alert.
 *
 * @param since the first window in which the key had the level
 * @param reading the value of the measure when the level was entered
 * @param revision number of this revision, from 0
 * @param changedAt when this revision was created
 */
public record Alert(
    Subject subject,
    Severity severity,
    Window since,
    Reading reading,
    int revision,
    Progress progress,
    Review review,
    Instant changedAt) {

  /** Schema of {@code ops/alerts}; times are UTC. */
  public static final StructType SCHEMA =
      new StructType()
          .add("view", DataTypes.StringType)
          .add("alert_id", DataTypes.StringType)
          .add("revision", DataTypes.IntegerType)
          .add("keys", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))
          .add("level", DataTypes.StringType)
          .add("severity", DataTypes.StringType)
          .add("state", DataTypes.StringType)
          .add("window_start", DataTypes.TimestampType)
          .add("window_end", DataTypes.TimestampType)
          .add("windows", DataTypes.IntegerType)
          .add("newest_window", DataTypes.TimestampType)
          .add("raised_at", DataTypes.TimestampType)
          .add("resolved_at", DataTypes.TimestampType)
          .add("measure", DataTypes.StringType)
          .add("value", DataTypes.DoubleType)
          .add("verdict", DataTypes.StringType)
          .add("exact_value", DataTypes.DoubleType)
          .add("changed_at", DataTypes.TimestampType)
          .add("baseline", DataTypes.DoubleType);

  /** States, stored by constant name. */
  public enum State {
    /** The level was entered, but has not yet lasted for the number of windows that raises it. */
    pending,
    firing,
    resolved,
    /** The level was left while the alert was still pending. */
    withdrawn
  }

  /** The batch layer's verdict on an alert, based on exact rows; stored by constant name. */
  public enum Verdict {
    /** The exact rows raise the same alert. */
    confirmed,
    /**
     * The exact rows, which include events that were too late for the speed view, do not raise the
     * alert.
     */
    overturned,
    /** Only the exact rows raise the alert. */
    missed
  }

  /**
   * What the alert is about.
   *
   * @param keys values of the view's keys as text, by column
   */
  public record Subject(String view, Map<String, String> keys, String level) {
    public Subject {
      keys = Map.copyOf(new TreeMap<>(keys));
    }

    /** The keys as {@code column=value}, sorted by column, separated by commas. */
    public String keyText() {
      return new TreeMap<>(keys)
          .entrySet().stream()
              .map(key -> key.getKey() + "=" + key.getValue())
              .collect(joining(", "));
    }
  }

  /** A window, from its start (inclusive) to its end (exclusive). */
  public record Window(Instant start, Instant end) {}

  /**
   * A value of the measure that the level's rule names first.
   *
   * @param value empty if it is null or not a number
   * @param baseline the mean that the rule compared the value with; empty for a rule without a
   *     baseline
   */
  public record Reading(String measure, Optional<Double> value, Optional<Double> baseline) {}

  /**
   * The progress of the alert through its states.
   *
   * @param windows how many consecutive windows had the level, up to the number that raises the
   *     alert
   * @param newest start of the newest window that counted towards the state
   * @param raisedAt when the speed layer raised the alert; empty while the alert is pending, and if
   *     only the batch layer found the alert
   * @param resolvedAt when the alert was resolved
   */
  public record Progress(
      State state,
      int windows,
      Instant newest,
      Optional<Instant> raisedAt,
      Optional<Instant> resolvedAt) {}

  /**
   * The batch layer's review of the alert.
   *
   * @param verdict empty until the batch layer has reviewed the alert
   * @param exactValue the batch layer's value in the window {@code since}
   */
  public record Review(Optional<Verdict> verdict, Optional<Double> exactValue) {
    static final Review NONE = new Review(Optional.empty(), Optional.empty());
  }

  /** Identity: view, keys, level and the first window in which the key had the level. */
  public String id() {
    String identity =
        String.join("\n", subject.view(), subject.keyText(), subject.level(), "" + since.start());
    return UUID.nameUUIDFromBytes(identity.getBytes(UTF_8)).toString();
  }

  /** The next revision, which the batch layer has yet to review. */
  Alert next(Progress made, Instant now) {
    return revised(revision + 1, made, Review.NONE, now);
  }

  /** This alert, numbered as the next revision of an earlier alert with the same identity. */
  Alert after(Alert before) {
    return revised(before.revision + 1, progress, review, changedAt);
  }

  /**
   * The same revision with the verdict of the exact rows. The revision number does not change,
   * because the speed layer may be creating the next revision at the same time.
   */
  public Alert with(Verdict verdict, Optional<Double> exactValue, Instant now) {
    return revised(revision, progress, new Review(Optional.of(verdict), exactValue), now);
  }

  /**
   * Merges a later row of the table into this row. The state and the verdict are merged
   * independently, each taken from the newest row that contains it.
   */
  Alert then(Alert later) {
    Alert newest = later.revision >= revision ? later : this;
    Review reviewed = later.verdict().isPresent() ? later.review : review;
    return newest.revised(newest.revision, newest.progress, reviewed, newest.changedAt);
  }

  /**
   * The same alert, marked as not raised by the speed layer. The alert is also marked as resolved,
   * because no later row would resolve it.
   */
  public Alert unseen() {
    Progress over =
        new Progress(State.resolved, windows(), newest(), Optional.empty(), Optional.empty());
    return revised(0, over, review, changedAt);
  }

  /**
   * The state of the alert at a given time after the alert was raised: firing, if the alert was
   * resolved later.
   */
  public Alert asOf(Instant time) {
    boolean open = state() == State.firing || !newest().isBefore(time);
    Progress then =
        open
            ? new Progress(State.firing, windows(), since.start(), raisedAt(), Optional.empty())
            : progress;
    return revised(revision, then, review, changedAt);
  }

  private Alert revised(int number, Progress made, Review reviewed, Instant at) {
    return new Alert(subject, severity, since, reading, number, made, reviewed, at);
  }

  public State state() {
    return progress.state();
  }

  public int windows() {
    return progress.windows();
  }

  public Instant newest() {
    return progress.newest();
  }

  public Optional<Instant> raisedAt() {
    return progress.raisedAt();
  }

  public Optional<Instant> resolvedAt() {
    return progress.resolvedAt();
  }

  public Optional<Verdict> verdict() {
    return review.verdict();
  }

  public Optional<Double> exactValue() {
    return review.exactValue();
  }

  /** Whether the alert is pending or firing. */
  public boolean isOpen() {
    return state() == State.pending || state() == State.firing;
  }

  /** Whether the alert is firing, or was until it was resolved. */
  public boolean wasRaised() {
    return state() == State.firing || state() == State.resolved;
  }

  /** A row of {@link #SCHEMA} that includes the schema itself. */
  public Row toRow() {
    Object[] values = {
      subject.view(),
      id(),
      revision,
      CollectionConverters.asScala(subject.keys()),
      subject.level(),
      severity.name(),
      state().name(),
      since.start(),
      since.end(),
      windows(),
      newest(),
      raisedAt().orElse(null),
      resolvedAt().orElse(null),
      reading.measure(),
      reading.value().orElse(null),
      verdict().map(Verdict::name).orElse(null),
      exactValue().orElse(null),
      changedAt,
      reading.baseline().orElse(null)
    };
    return new GenericRowWithSchema(values, SCHEMA);
  }

  /** Reads the revision in a row of {@link #SCHEMA}. */
  public static Alert of(Row row) {
    return new Alert(
        new Subject(row.getAs("view"), row.getJavaMap(row.fieldIndex("keys")), row.getAs("level")),
        Severity.valueOf(row.getAs("severity")),
        new Window(row.getAs("window_start"), row.getAs("window_end")),
        new Reading(row.getAs("measure"), Optional.ofNullable(row.getAs("value")), baseline(row)),
        row.getAs("revision"),
        new Progress(
            State.valueOf(row.getAs("state")),
            row.getAs("windows"),
            row.getAs("newest_window"),
            Optional.ofNullable(row.getAs("raised_at")),
            Optional.ofNullable(row.getAs("resolved_at"))),
        new Review(
            Optional.<String>ofNullable(row.getAs("verdict")).map(Verdict::valueOf),
            Optional.ofNullable(row.getAs("exact_value"))),
        row.getAs("changed_at"));
  }

  /** Tables created before this column was introduced lack it until the next append. */
  private static Optional<Double> baseline(Row row) {
    return List.of(row.schema().fieldNames()).contains("baseline")
        ? Optional.ofNullable(row.getAs("baseline"))
        : Optional.empty();
  }
}
