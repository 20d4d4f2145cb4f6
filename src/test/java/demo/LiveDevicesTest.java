package demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LiveDevicesTest {
  private static final Instant START = Instant.parse("2026-01-31T10:00:00Z");
  private static final Duration HOUR = Duration.ofHours(1);

  @Test
  void everyMessageIsSentOnceInOrderAndNotBeforeItArrives() {
    LiveDevices devices = new LiveDevices(new Simulator(1, 12), START);
    List<Message> sent = new ArrayList<>();
    for (Instant now = START; !now.isAfter(START.plus(HOUR)); now = now.plusSeconds(5)) {
      List<Message> due = devices.due(now);
      assertThat(due).extracting(Message::arrival).allMatch(now::isAfter);
      sent.addAll(due);
    }

    assertThat(sent).extracting(Message::arrival).isSorted();
    assertThat(new LiveDevices(new Simulator(1, 12), START).due(START.plus(HOUR)))
        .hasSameSizeAs(sent)
        .containsExactlyInAnyOrderElementsOf(sent);
  }

  @Test
  void allDevicesGoOnReportingAndRepeatNoEventOfTheHistory() {
    Simulator simulator = new Simulator(1, 12);
    List<String> history = ids(simulator.messages(START.minus(HOUR), HOUR));

    List<Message> live = new LiveDevices(simulator, START).due(START.plus(HOUR));

    assertThat(ids(live)).doesNotContainAnyElementsOf(history);
    assertThat(
            live.stream()
                .filter(message -> message.arrival().isAfter(START.plus(HOUR).minusSeconds(60)))
                .map(Message::key))
        .containsAll(IntStream.rangeClosed(1, 12).mapToObj("sensor-%02d"::formatted).toList());
  }

  private static List<String> ids(List<Message> messages) {
    return messages.stream()
        .map(message -> message.body().toString())
        .filter(body -> body.startsWith("{\"eventId\""))
        .map(body -> body.substring(0, 30))
        .toList();
  }
}
