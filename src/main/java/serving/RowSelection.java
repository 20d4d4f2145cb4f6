package serving;

import common.ErrorCode;
import common.Failure;
import common.command.InstantConverter;
import common.metrics.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import serving.query.RowFilter;

/** The options of commands that read some keys and windows of a view. */
final class RowSelection {
  @Option(
      names = "--key",
      paramLabel = "[COLUMN=]VALUE",
      description = "Only this key value; COLUMN defaults to the view's first key. Repeatable.")
  private List<String> keys = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "Only windows that start at or after this time, e.g. 2026-01-31T12:00:00Z.")
  private Optional<Instant> from = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "Only windows that start before this time.")
  private Optional<Instant> to = Optional.empty();

  /** End of the range of window starts, exclusive. */
  Optional<Instant> to() {
    return to;
  }

  /** The options as query parameters of a server, which checks the keys against its view. */
  Map<String, List<String>> parameters() {
    return Map.of(
        "key", keys,
        "from", from.stream().map(Instant::toString).toList(),
        "to", to.stream().map(Instant::toString).toList());
  }

  /**
   * Checks the time range.
   *
   * @throws Failure when it is empty
   */
  void requireOrder() {
    requireOrder(from, to);
  }

  /**
   * The rows that the options select.
   *
   * @throws Failure when they contradict each other
   */
  RowFilter of(View view) {
    requireOrder();
    RowFilter filter = new RowFilter(from, to);
    for (String key : keys) {
      filter = filter.withKey(view, key);
    }

    return filter;
  }

  /**
   * Checks the range from {@code --from} to {@code --to}.
   *
   * @throws Failure when it is empty
   */
  static void requireOrder(Optional<Instant> from, Optional<Instant> to) {
    if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--from %s must be before --to %s".formatted(from.get(), to.get()));
    }
  }
}
