package bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that ask {@code serve} for one key and one hour of {@code device_metrics}, on a schedule
 * that does not slow down with the server; half of the requests ask for the last hour.
 */
final class PointQueries {
  static final int CLIENTS = 20;

  /** Whole hours of history that the batch view covers. */
  private static final int HOURS = 5;

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final URI server;
  private final int perSecond;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private volatile RuntimeException failure;

  PointQueries(URI server, int perSecond) {
    this.server = server;
    this.perSecond = perSecond;
  }

  /**
   * An answered request.
   *
   * @param live whether the request asked for the last hour
   * @param seconds seconds from the scheduled time to the end of the response
   */
  record Answered(boolean live, double seconds, int rows) {}

  /** Whether the server answers with rows of the last hour. */
  boolean answerLive() throws IOException, InterruptedException {
    try {
      return ask(true, 0).body().contains("device-7,");
    } catch (ConnectException starting) {
      return false;
    }
  }

  /** Sends requests for some time and waits for all responses. */
  List<Answered> run(Duration time) throws InterruptedException {
    ConcurrentLinkedQueue<Answered> answered = new ConcurrentLinkedQueue<>();
    AtomicLong next = new AtomicLong();
    long total = time.toSeconds() * perSecond;
    Schedule schedule = Schedule.fromNow(perSecond);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (long n = next.getAndIncrement(); n < total; n = next.getAndIncrement()) {
                  request(n, schedule, answered);
                }
              },
              "client-" + i);
      clients.add(thread);
      thread.start();
    }

    for (Thread thread : clients) {
      thread.join();
    }

    if (failure != null) {
      throw failure;
    }

    return List.copyOf(answered);
  }

  private void request(long number, Schedule schedule, ConcurrentLinkedQueue<Answered> answered) {
    long due = schedule.await(number);
    boolean live = number % 2 == 0;
    try {
      HttpResponse<String> answer = ask(live, number);
      double seconds = (System.nanoTime() - due) / 1e9;
      if (answer.statusCode() != 200) {
        throw new IllegalStateException(
            "Status %d: %s".formatted(answer.statusCode(), answer.body()));
      }

      int rows = (int) answer.body().lines().count() - 1;
      answered.add(new Answered(live, seconds, rows));
    } catch (IOException | InterruptedException | IllegalStateException failed) {
      failure = new IllegalStateException(failed);
    }
  }

  private HttpResponse<String> ask(boolean live, long number)
      throws IOException, InterruptedException {
    Instant from =
        live
            ? Instant.now().minus(Duration.ofHours(1))
            : START.plus(Duration.ofHours(number / 2 % HOURS));
    String device = "device-" + (live ? 7 : Events.device(number));
    return client.send(
        HttpRequest.newBuilder(
                server.resolve(
                    "/v1/views/device_metrics/rows?key=device_id%%3D%s&from=%s&to=%s"
                        .formatted(device, from, from.plus(Duration.ofHours(1)))))
            .header("Accept", "text/csv")
            .timeout(PATIENCE)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
