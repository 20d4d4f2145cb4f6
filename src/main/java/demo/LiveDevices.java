package demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Simulated devices that report continuously. One device overheats for some minutes in every
 * twenty.
 */
final class LiveDevices {
  private static final Duration AHEAD = Duration.ofMinutes(20);

  private final Simulator simulator;
  private final PriorityQueue<Message> pending =
      new PriorityQueue<>(Comparator.comparing(Message::arrival));
  private Instant simulatedUntil;

  /**
   * Creates the devices.
   *
   * @param simulator the simulator that generated the earlier messages; another simulator with the
   *     same seed would repeat their event ids
   * @param start earliest time of an event
   */
  LiveDevices(Simulator simulator, Instant start) {
    this.simulator = simulator;
    this.simulatedUntil = start;
  }

  /** The messages that have arrived by now and that no earlier call has returned, in order. */
  List<Message> due(Instant now) {
    while (!simulatedUntil.isAfter(now)) {
      pending.addAll(simulator.messages(simulatedUntil, AHEAD));
      simulatedUntil = simulatedUntil.plus(AHEAD);
    }

    List<Message> due = new ArrayList<>();
    while (!pending.isEmpty() && !pending.peek().arrival().isAfter(now)) {
      due.add(pending.poll());
    }

    return due;
  }
}
