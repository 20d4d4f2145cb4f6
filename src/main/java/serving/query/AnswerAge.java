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
    Optional<Instant> updated = updated(view, accuracy);
    Instant oldest = clock.instant().minus(most);
    if (updated.isEmpty() || updated.get().isBefore(oldest)) {
      throw new Failure(
          ErrorCode.ANSWER_TOO_OLD,
          "Latest update of the data: %s; --max-age %s requires a more recent one: run batch --view %s%s"
              .formatted(
                  updated.map(Instant::toString).orElse("none"),
                  most,
                  view.name(),
                  accuracy == Accuracy.exact ? "" : " or start the speed job"));
    }
  }

  /**
   * When the batch view (for other accuracies than exact: the newer of the two layers) last
   * included all events that had arrived.
   */
  private Optional<Instant> updated(View view, Accuracy accuracy) {
    Optional<Instant> batch =
        new Runs(lake)
            .of(view).stream()
                .filter(run -> run.kind() != Run.Kind.restore && run.kind() != Run.Kind.dates)
                .map(Run::startedAt)
                .max(Comparator.naturalOrder());
    return switch (accuracy) {
      case exact -> batch;
      case latest, any -> Stream.concat(batch.stream(), speed(view)).max(Comparator.naturalOrder());
    };
  }

  private Stream<Instant> speed(View view) {
    Instant last =
        new StreamProgress(session.spark(), lake)
            .ofSpeedView(view)
            .where("NOT exists(offsets, part -> part.end < part.latest)")
            .agg(max("started_at"))
            .first()
            .getInstant(0);
    return Stream.concat(
        Stream.ofNullable(last),
        new Heartbeats(lake).last(StreamProgress.speedQuery(view, "delta")).stream());
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
