package speed.sink.alerts;

import common.metrics.Severity;
import java.time.Duration;
import java.util.Optional;

/** A receiver of notifications. */
interface Channel {
  String name();

  Severity minSeverity();

  /** Sends a notification once; does not throw if the receiver is at fault. */
  Outcome send(Notification notification) throws InterruptedException;

  /** Outcome of an attempt. */
  sealed interface Outcome {
    record Delivered() implements Outcome {}

    /** The receiver will never accept this notification. */
    record Refused(String reason) implements Outcome {}

    /**
     * The receiver may accept the notification later.
     *
     * @param after how long the receiver asks to wait
     */
    record Unavailable(String reason, Optional<Duration> after) implements Outcome {}
  }
}
