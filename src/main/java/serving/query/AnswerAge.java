package serving.query;

import static org.apache.spark.sql.functions.max;

import common.ErrorCode;
import common.Failure;
import common.lake.Boundaries;
import common.lake.Lake;
import common.metrics.View;
import common.ops.Heartbeats;
import common.ops.Run;
import common.ops.Runs;
import common.ops.StreamProgress;
import common.session.Session;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Checks how recent the data is that a query would return. */
public final class AnswerAge {
  private static final long POLL_SECONDS = 2;

  private final Session session;
  private final Lake lake;
  private final Clock clock;

  public AnswerAge(Session session, Lake lake, Clock clock) {
    this.session = session;
    this.lake = lake;
    this.clock = clock;
  }

  /**
   * Fails if the data that the query would return is too old.
   *
   * @param most maximum age
   * @throws Failure that names the time of the latest update
   */
  public void require(View view, Accuracy accuracy, Duration most) {
    // An exact query does not need the speed view's update time, and reading that time would start
    // Spark.
    LayerUpdates updates =
        accuracy == Accuracy.exact
            ? new LayerUpdates(batch(view), Optional.empty())
            : updates(view);
    require(updates, view, accuracy, most);
  }

  /** Fails if the data is too old, given times that have already been read. */
  public void require(LayerUpdates updates, View view, Accuracy accuracy, Duration most) {
    if (!isWithin(updates, accuracy, most)) {
      throw new Failure(
          ErrorCode.ANSWER_TOO_OLD,
          "Latest update of the data: %s; a maximum age of %s requires a more recent one: run batch --view %s%s"
              .formatted(
                  updates.of(accuracy).map(Instant::toString).orElse("none"),
                  most,
                  view.name(),
                  accuracy == Accuracy.exact ? "" : " or start the speed job"));
    }
  }

  /** Whether the data that a query would return is recent enough. */
  public boolean isWithin(LayerUpdates updates, Accuracy accuracy, Duration most) {
    Instant now = clock.instant();
    return updates
        .of(accuracy)
        .filter(updated -> Duration.between(updated, now).compareTo(most) <= 0)
        .isPresent();
  }

  /** When the layers of a view last included all events that had arrived. */
  public LayerUpdates updates(View view) {
    return new LayerUpdates(batch(view), speed(view));
  }

  private Optional<Instant> batch(View view) {
    return new Runs(lake)
        .of(view).stream()
            .filter(run -> run.kind() != Run.Kind.restore && run.kind() != Run.Kind.dates)
            .map(Run::startedAt)
            .max(Comparator.naturalOrder());
  }

  private Optional<Instant> speed(View view) {
    Instant last =
        new StreamProgress(session.spark(), lake)
            .ofSpeedView(view)
            .where("NOT exists(offsets, part -> part.end < part.latest)")
            .agg(max("started_at"))
            .first()
            .getInstant(0);
    return Stream.concat(
            Stream.ofNullable(last),
            new Heartbeats(lake).last(StreamProgress.speedQuery(view, "delta")).stream())
        .max(Comparator.naturalOrder());
  }

  /**
   * Waits until no on-time event can change the windows before a time.
   *
   * @throws Failure when the boundary has not reached that time by the end of the wait
   */
  public void awaitBoundary(View view, Instant end, Duration patience) throws InterruptedException {
    Instant deadline = clock.instant().plus(patience);
    Boundaries boundaries = new Boundaries(lake);
    Optional<Instant> boundary = boundaries.current(view);
    while (boundary.isEmpty() || boundary.get().isBefore(end)) {
      if (!clock.instant().isBefore(deadline)) {
        throw new Failure(
            ErrorCode.ANSWER_TOO_OLD,
            "The boundary of %1$s is still %2$s after --wait %3$s, before --to %4$s: run batch --view %1$s, or wait longer"
                .formatted(
                    view.name(), boundary.map(Instant::toString).orElse("not set"), patience, end));
      }

      TimeUnit.SECONDS.sleep(POLL_SECONDS);
      boundary = boundaries.current(view);
    }
  }
}
