package serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import common.ops.StreamAccount.Split;
import common.session.Session;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Browser;
import testing.BrowserPage;
import testing.LayeredRows;
import testing.OperationRecords;
import testing.TestLake;

/** The web page in a real browser. */
class PageIT {
  private static final String MARKUP = "z<img src=x onerror=alert(1)>";

  @TempDir private static Path profile;
  private static Browser browser;

  @TempDir private Path folder;
  private TestLake lake;
  private LayeredRows rows;
  private LakeServer server;

  @BeforeAll
  static void startBrowser() throws Exception {
    browser = Browser.start(profile);
  }

  @AfterAll
  static void stopBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void start() throws Exception {
    lake = new TestLake(folder.resolve("lake"));
    rows = new LayeredRows(lake).create();
    rows.batch(rows.row("sensor-1", "10:00", 30), rows.row("sensor-1", "10:01", 60));
    rows.speed(rows.row("sensor-1", "10:02", 90), rows.row(MARKUP, "10:02", 9));
    rows.boundary("10:02");
    serve(Map.of(), 0);
  }

  private void serve(Map<String, String> settings, int port) throws Exception {
    server =
        LakeServer.start(
            Session.running(lake.spark()),
            new TestLake(folder.resolve("lake"), settings).settings(),
            "127.0.0.1",
            port);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void itShowsWhatTheApiSaysWithoutErrors() throws Exception {
    record();
    try (BrowserPage page = open()) {
      page.awaitText("#reconciled", "At ");
      page.awaitText("#checked", "Checked at");
      page.value("document.querySelectorAll('details').forEach(details => details.open = true)");

      assertThat(text(page, "#view")).isEqualTo("device_metrics");
      assertThat(text(page, "#summary"))
          .isEqualTo(
              "device_id per 1m; windows from 2026-01-31 10:00 to 2026-01-31 10:02 UTC; boundary 2026-01-31 10:02");
      assertThat(text(page, "#keys")).contains("sensor-1", "NORMAL");
      assertThat(page.value("document.querySelectorAll('#keys .spark').length").asInt())
          .isEqualTo(1);
      assertThat(chart(page)).isEqualTo("avg_temperature of sensor-1 over time");
      assertThat(text(page, "#values"))
          .contains("2026-01-31 10:02\t30\tspeed", "2026-01-31 10:01\t20\tbatch");
      assertThat(text(page, "#health")).contains("green\tsmall-files");
      assertThat(text(page, "#ledger"))
          .contains(
              "speed delta: 2,000 records read in 3 micro-batches",
              "counted\t1,960\t98 %",
              "late\t20\t1 %",
              "unknown (job was killed)\t42",
              "ingest: 1,000 records read in 1 micro-batch");
      assertThat(text(page, "#lateness")).contains("late\t20\t1 %", "out of order\t50\t2.5 %");
      assertThat(text(page, "#reconciled"))
          .contains("100 windows", "4 differ, 1 of them without a known cause");
      assertThat(text(page, "#causes"))
          .contains("agree\t96\t96 %", "late beyond the watermark\t3\t3 %", "unexplained\t1\t1 %");
      assertThat(text(page, "#differences")).contains("avg_temperature\t1.0e-9\t2");
      assertThat(page.value("document.querySelectorAll('#reconciliations tr').length").asInt())
          .isEqualTo(2);
      assertThat(text(page, "#open-alerts")).isEqualTo("1 alert firing");
      assertThat(text(page, "#alerts")).contains("HIGH_TEMP", "firing", "91.5");
      assertThat(text(page, "#runs")).contains("rebuild", "1,234", "wrong sensor");
      assertThat(page.console()).isEmpty();
    }
  }

  @Test
  void whatHasNoRecordsYetIsSaid() throws Exception {
    try (BrowserPage page = open()) {
      page.awaitText("#reconciled", "reconcile has not run yet");

      assertThat(text(page, "#ledger-period")).startsWith("No micro-batch from ");
      assertThat(page.value("document.querySelector('#ledger').checkVisibility()").asBoolean())
          .isFalse();
      assertThat(text(page, "#alerts")).isEqualTo("No alerts");
      assertThat(text(page, "#runs")).isEqualTo("No runs yet");
      assertThat(page.console()).isEmpty();
    }
  }

  /** A device id can be any text. */
  @Test
  void textsFromTheLakeNeverBecomeMarkup() throws Exception {
    try (BrowserPage page = open()) {
      page.awaitText("#keys", MARKUP);
      assertThat(page.value("document.querySelector('img')").isNull()).isTrue();
    }
  }

  @Test
  void severalKeysShareTheChart() throws Exception {
    try (BrowserPage page = open()) {
      page.value("document.querySelectorAll('button.key')[1].click()");

      assertThat(chart(page)).isEqualTo("avg_temperature of sensor-1, " + MARKUP + " over time");
      assertThat(text(page, ".u-legend"))
          .contains("sensor-1, batch", "sensor-1, speed", MARKUP + ", speed");
      page.awaitText("#chart", "sensor-1");
    }
  }

  @Test
  void aServerWithATokenAsksForIt() throws Exception {
    server.close();
    serve(Map.of("serve.token", "{{env/PATH}}"), 0);

    try (BrowserPage page = browser.open(address())) {
      page.awaitText("#message", "This server requires a token.");
      assertThat(page.text()).contains("Continue").doesNotContain("sensor-1");
    }
  }

  @ParameterizedTest
  @CsvSource({"1280, light", "1280, dark", "390, light", "390, dark"})
  void axeFindsNoViolation(int width, String scheme) throws Exception {
    record();
    try (BrowserPage page = open().show(width, 900, scheme)) {
      page.awaitText("#reconciled", "At ");
      page.awaitText("#checked", "Checked at");
      page.value("document.querySelectorAll('details').forEach(details => details.open = true)");
      try (InputStream axe = PageIT.class.getResourceAsStream("/axe.min.js")) {
        page.value(new String(axe.readAllBytes(), UTF_8) + "; true");
      }

      JsonNode violations =
          page.value(
              "axe.run().then(found => found.violations.flatMap(rule => rule.nodes.map(node => rule.id + ' ' + node.target + ': ' + node.failureSummary)))");
      assertThat(violations).isEmpty();
      assertThat(page.value("document.documentElement.scrollWidth").asInt())
          .isLessThanOrEqualTo(width);
    }
  }

  /** A reload would lose {@code window.mark}, and a careless redraw of the keys the focus. */
  @Test
  void aCommitAppearsWithoutReload() throws Exception {
    try (BrowserPage page = open()) {
      page.awaitText("#connection", "Live");
      page.value("window.mark = document.querySelector('button.key').focus() ?? 1");
      rows.speed(rows.row("sensor-2", "10:03", 12));

      page.awaitText("#keys", "sensor-2");
      page.awaitText("#summary", "to 2026-01-31 10:03");
      assertThat(page.value("window.mark").asInt()).isEqualTo(1);
      assertThat(page.value("document.activeElement.textContent").asText()).isEqualTo("sensor-1");
    }
  }

  @Test
  void anOutageIsAnnouncedAndEndsWithoutReload() throws Exception {
    try (BrowserPage page = open()) {
      page.awaitText("#connection", "Live");
      page.value("window.mark = 1");
      int port = server.port();
      server.close();

      page.awaitText("#connection", "No connection to the server since");
      assertThat(page.value("document.querySelector('#connection').role").asText())
          .isEqualTo("status");
      assertThat(text(page, "#keys")).contains("sensor-1");

      rows.speed(rows.row("sensor-2", "10:03", 12));
      serve(Map.of(), port);

      page.awaitText("#connection", "Live");
      page.awaitText("#keys", "sensor-2");
      assertThat(page.value("window.mark").asInt()).isEqualTo(1);
      assertThat(text(page, "#message")).isEmpty();
    }
  }

  @Test
  void aViewChosenDuringAnOutageOpensAfterIt() throws Exception {
    try (BrowserPage page = open()) {
      page.awaitText("#connection", "Live");
      int port = server.port();
      server.close();
      page.awaitText("#connection", "No connection");
      page.value("document.querySelector('#view').value = 'user_activity_summary'");
      page.value("document.querySelector('#view').dispatchEvent(new Event('change'))");
      serve(Map.of(), port);

      page.awaitText("#summary", "There is no data for this view yet.");
      page.awaitText("#connection", "Live");
    }
  }

  /** Writes ledger entries, reconciliations, a run and an alert, for every part of the page. */
  private void record() {
    OperationRecords records = new OperationRecords(lake);
    Instant now = Instant.now();
    records.ledger(
        records.speed(now.minus(Duration.ofHours(2)), new Split(1_000, 970, 10, 15, 5), 40),
        records.speed(now.minus(Duration.ofHours(1)), new Split(1_000, 990, 0, 5, 5), 10),
        records.killed(now.minus(Duration.ofMinutes(30)), 42),
        records.of("ingest", now.minus(Duration.ofHours(1)), new Split(1_000, 995, 0, 0, 5)));
    records.reconciliation(now.minus(Duration.ofDays(1)), 0);
    records.reconciliation(now, 1);
    records.run("wrong sensor");
    records.alert(LayeredRows.time("10:02"));
  }

  private BrowserPage open() throws Exception {
    BrowserPage page = browser.open(address()).show(1280, 900, "light");
    page.awaitText("#keys", "sensor-1");
    return page;
  }

  private String address() {
    return "http://127.0.0.1:%d/".formatted(server.port());
  }

  private static String chart(BrowserPage page) throws Exception {
    return page.value("document.querySelector('#chart').ariaLabel").asText();
  }

  /** The text of an element, or the value of a field; cells are separated by tabs. */
  private static String text(BrowserPage page, String selector) throws Exception {
    return page.value(
            "(node => node.value ?? node.innerText)(document.querySelector('%s'))"
                .formatted(selector))
        .asText();
  }
}
