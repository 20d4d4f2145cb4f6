package serving.server;

import common.session.Session;
import common.settings.Settings;
import common.telemetry.RecentDurations;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import serving.health.Finding;
import serving.health.Health;
import serving.health.QueryLatency;

/**
 * Runs the health checks, including one of the server itself, and keeps the latest result. The
 * checks run in the background, because they use Spark. The freshness of the layers is refreshed in
 * the background for the same reason.
 */
final class HealthBoard implements AutoCloseable {
  /** Spark logs errors when a query is interrupted. */
  private static final Duration FOR_SPARK = Duration.ofSeconds(5);

  private final Session session;
  private final Settings settings;
  private final Clock clock;
  private final RecentDurations times;
  private final Freshness freshness;
  private final AtomicReference<Result> last = new AtomicReference<>();
  private final Repeated checks;
  private volatile boolean failed;

  HealthBoard(
      Session session, Settings settings, Clock clock, RecentDurations times, Freshness freshness) {
    this.session = session;
    this.settings = settings;
    this.clock = clock;
    this.times = times;
    this.freshness = freshness;
    this.checks =
        new Repeated("health checks", settings.serve().healthInterval(), FOR_SPARK, this::check);
  }

  /** The findings of the checks, and when the checks began. */
  record Result(Instant at, List<Finding> findings) {}

  void start() {
    checks.start();
  }

  /** The latest result; empty until the first checks are complete. */
  Optional<Result> last() {
    return Optional.ofNullable(last.get());
  }

  /** Whether the latest checks ended with an error, so that there is no result of them. */
  boolean hasFailed() {
    return failed;
  }

  private void check() {
    boolean complete = false;
    try {
      runChecks();
      complete = true;
    } finally {
      failed = !complete;
    }
  }

  private void runChecks() {
    Instant now = clock.instant();
    Health health = new Health(session.spark(), settings, clock);
    List<Finding> findings = new ArrayList<>(health.of(settings.views().all()));
    times.p95().map(new QueryLatency(settings.thresholds())::judge).ifPresent(findings::add);
    findings.forEach(Finding::report);
    last.set(new Result(now, findings));
    settings.views().all().forEach(freshness::refresh);
  }

  @Override
  public void close() {
    checks.close();
  }
}
