package common.metrics;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/**
 * A metrics view: measures of events grouped by keys and window. A view is data, not code: it comes
 * from the configuration, and every layer and SQL dialect reads the same object.
 *
 * @param keys columns of the event; an event that lacks a key is not part of the view
 * @param measures in the order of their columns
 * @param levels the anomaly level of each row; empty for a view without levels
 * @param clusterBy columns by which maintenance clusters the files
 */
public record View(
    String name,
    List<String> keys,
    Window window,
    List<Measure> measures,
    Optional<Levels> levels,
    List<String> clusterBy) {
  public static final String WINDOW_START = "window_start";
  public static final String WINDOW_END = "window_end";

  /** UTC date of window_start; the partition column of the view's tables. */
  public static final String EVENT_DATE = "event_date";

  public static final String COMPUTED_AT = "computed_at";
  public static final String SOURCE = "source";

  public View {
    keys = List.copyOf(keys);
    measures = List.copyOf(measures);
    clusterBy = List.copyOf(clusterBy);
  }

  /** A view without levels. */
  public View(
      String name,
      List<String> keys,
      Window window,
      List<Measure> measures,
      List<String> clusterBy) {
    this(name, keys, window, measures, Optional.empty(), clusterBy);
  }

  /** Whether an event has every key. */
  public Column covers() {
    return keys.stream()
        .map(key -> functions.col(key).isNotNull())
        .reduce(Column::and)
        .orElseThrow();
  }

  /**
   * The columns that identify a row of the view: a batch row and a speed row with equal values in
   * these columns are two results for the same window. {@code event_date}, although derived from
   * {@code window_start}, is included so that a join or a merge touches only the affected
   * partitions.
   */
  public List<String> rowKey() {
    return Stream.concat(keys.stream(), Stream.of(EVENT_DATE, WINDOW_START)).toList();
  }

  /**
   * The definition of the view's rows, one line for the keys, the window, each measure and the
   * levels: tables filled under different definitions are never read together.
   */
  public String definition() {
    return Stream.of(
            Stream.of("keys: " + String.join(", ", keys), "window: " + window),
            measures.stream().map(Measure::definition),
            levels.stream().map(Levels::definition))
        .flatMap(lines -> lines)
        .collect(joining("\n"));
  }

  /** The columns of query results: all but the parts that a roll-up needs. */
  public List<String> served() {
    return Stream.of(
            keys,
            List.of(WINDOW_START, WINDOW_END, EVENT_DATE),
            resultNames(),
            List.of(COMPUTED_AT))
        .flatMap(List::stream)
        .toList();
  }

  /** The columns that are computed: the measures, then the level if the view has levels. */
  public List<String> resultNames() {
    return Stream.concat(measures.stream().map(Measure::name), levels.stream().map(Levels::column))
        .toList();
  }

  /** The measures that levels compare with the key's {@link Baseline}. */
  public List<String> baselineMeasures() {
    return levels.stream()
        .flatMap(levels -> levels.rules().stream())
        .flatMap(Levels.Rule::baselineMeasures)
        .distinct()
        .toList();
  }

  public List<String> measureNames() {
    return measures.stream().map(Measure::name).toList();
  }
}
