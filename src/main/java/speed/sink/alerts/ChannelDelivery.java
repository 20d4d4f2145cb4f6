package speed.sink.alerts;

import common.alerts.AlertLog;
import common.metrics.View;
import common.telemetry.AlertTelemetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import speed.sink.alerts.DeliveryLog.Result;

/**
 * Delivers the notifications of a view to one channel, one at a time, at least once. A notification
 * that the receiver does not accept is retried with increasing delays. At the start and every five
 * minutes, {@code ops/alerts} is searched for notifications that an earlier job left undelivered
 * and for verdicts that batch runs have added.
 */
final class ChannelDelivery implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ChannelDelivery.class);
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);
  private static final Duration RETRY_READ = Duration.ofSeconds(10);
  private static final Duration RECORD_AFTER = Duration.ofSeconds(5);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final int LOG_EVERY = 10;
  private static final int ENTRIES_PER_COMMIT = 100;

  private final View view;
  private final Channel channel;
  private final AlertLog alerts;
  private final DeliveryLog deliveries;
  private final Duration deliverWithin;
  private final Clock clock;

  /** Notifications that were offered before {@code ops/alerts} was first read. */
  private final List<Notification> early = new ArrayList<>();

  private boolean recovered;
  private final BlockingQueue<Notification> queue = new LinkedBlockingQueue<>();
  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final List<DeliveryLog.Entry> unrecorded = new ArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);

  ChannelDelivery(
      View view,
      Channel channel,
      AlertLog alerts,
      DeliveryLog deliveries,
      Duration deliverWithin,
      Clock clock) {
    this.view = view;
    this.channel = channel;
    this.alerts = alerts;
    this.deliveries = deliveries;
    this.deliverWithin = deliverWithin;
    this.clock = clock;
  }

  /** Queues a notification after the notifications that an earlier job left undelivered. */
  synchronized void offer(Notification notification) {
    if (recovered) {
      enqueue(notification);
    } else {
      early.add(notification);
    }
  }

  private synchronized void recover(List<Notification> undelivered) {
    undelivered.forEach(this::enqueue);
    early.forEach(this::enqueue);
    early.clear();
    recovered = true;
  }

  private void enqueue(Notification notification) {
    boolean severe = notification.alert().severity().compareTo(channel.minSeverity()) >= 0;
    boolean recent =
        notification.alert().since().end().isAfter(clock.instant().minus(deliverWithin));
    if (severe && (recent || !notification.isVerdict()) && taken.add(notification.id())) {
      queue.add(notification);
    }
  }

  /** Lets the thread end once the queue is empty or the receiver does not respond. */
  void close() {
    closing.countDown();
  }

  @Override
  public void run() {
    boolean interrupted = false;
    try {
      deliverUntilClosed();
    } catch (InterruptedException stopped) {
      interrupted = true;
    }

    record();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void deliverUntilClosed() throws InterruptedException {
    long look = System.nanoTime() + next(offerUndelivered());
    long recorded = System.nanoTime();
    while (!(closed() && queue.isEmpty())) {
      if (System.nanoTime() >= look) {
        look = System.nanoTime() + next(offerUndelivered());
      }

      Notification notification = queue.poll(closed() ? 0 : 1, TimeUnit.SECONDS);
      if (notification != null && !deliver(notification)) {
        return;
      }

      boolean due = System.nanoTime() - recorded >= RECORD_AFTER.toNanos();
      if (due || unrecorded.size() >= ENTRIES_PER_COMMIT) {
        record();
        recorded = System.nanoTime();
      }
    }
  }

  private static long next(boolean read) {
    return (read ? LOOK_AGAIN : RETRY_READ).toNanos();
  }

  private boolean closed() {
    return closing.getCount() == 0;
  }

  private boolean offerUndelivered() {
    try {
      Set<String> done = deliveries.done(channel.name());
      Instant oldest = clock.instant().minus(deliverWithin);
      recover(
          alerts.revisions(view).stream()
              .filter(revision -> revision.changedAt().isAfter(oldest))
              .flatMap(revision -> Notification.of(revision).stream())
              .filter(notification -> !done.contains(notification.id()))
              .toList());
      return true;
    } catch (RuntimeException failed) {
      LOG.warn("alerts to {}: cannot read ops/alerts, retrying", channel.name(), failed);
      return false;
    }
  }

  /**
   * Sends a notification until it is accepted or refused, or has expired.
   *
   * @return false if the delivery ends before that
   */
  private boolean deliver(Notification notification) throws InterruptedException {
    Duration pause = FIRST_PAUSE;
    String reason = "";
    for (int attempt = 1; ; attempt++) {
      if (clock.instant().isAfter(notification.alert().changedAt().plus(deliverWithin))) {
        LOG.error("alerts to {}: {} expired: {}", channel.name(), notification.summary(), reason);
        return done(notification, Result.expired, reason, attempt - 1);
      }

      Channel.Outcome outcome = sent(notification);
      AlertTelemetry.attempted(
          notification.alert().subject().view(),
          channel.name(),
          outcome instanceof Channel.Outcome.Delivered);
      if (outcome instanceof Channel.Outcome.Delivered) {
        if (attempt > 1) {
          LOG.info(
              "alerts to {}: {} delivered at attempt {}",
              channel.name(),
              notification.summary(),
              attempt);
        }

        return done(notification, Result.delivered, reason, attempt);
      }

      if (outcome instanceof Channel.Outcome.Refused refused) {
        LOG.error(
            "alerts to {}: {} was refused: {}",
            channel.name(),
            notification.summary(),
            refused.reason());
        return done(notification, Result.refused, refused.reason(), attempt);
      }

      Channel.Outcome.Unavailable unavailable = (Channel.Outcome.Unavailable) outcome;
      boolean changed = !unavailable.reason().equals(reason);
      reason = unavailable.reason();
      if (changed || attempt % LOG_EVERY == 1) {
        LOG.warn(
            "alerts to {}: not delivered ({}), attempt {}; {} notifications waiting",
            channel.name(),
            reason,
            attempt,
            queue.size() + 1);
      }

      long jitter = ThreadLocalRandom.current().nextLong(1 + pause.toMillis() / 4);
      Duration wait = unavailable.after().orElse(pause.plusMillis(jitter));
      if (closing.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }

      pause = pause.multipliedBy(2);
      pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
  }

  /** Sends a notification once; an unexpected exception in the channel does not end delivery. */
  private Channel.Outcome sent(Notification notification) throws InterruptedException {
    try {
      return channel.send(notification);
    } catch (RuntimeException failed) {
      LOG.error("alerts to {}: unexpected error", channel.name(), failed);
      return new Channel.Outcome.Unavailable(failed.getClass().getSimpleName(), Optional.empty());
    }
  }

  private boolean done(Notification notification, Result result, String reason, int attempts) {
    unrecorded.add(
        new DeliveryLog.Entry(
            channel.name(), notification, result, reason, attempts, clock.instant()));
    return true;
  }

  /**
   * Records deliveries. Deliveries that cannot be recorded now are recorded along with later
   * deliveries, or repeated after a restart.
   */
  private void record() {
    if (unrecorded.isEmpty()) {
      return;
    }

    try {
      deliveries.append(unrecorded);
      unrecorded.clear();
    } catch (RuntimeException failed) {
      LOG.warn("alerts to {}: cannot record deliveries, retrying later", channel.name(), failed);
    }
  }
}
