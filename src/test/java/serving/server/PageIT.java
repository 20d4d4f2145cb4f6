package serving.server;

import static org.assertj.core.api.Assertions.assertThat;

import common.session.Session;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Browser;
import testing.LayeredRows;
import testing.TestLake;

/** The web page in a real browser. */
class PageIT {
  private static final String MARKUP = "z<img src=x onerror=alert(1)>";

  @TempDir private Path folder;
  private TestLake lake;
  private LayeredRows rows;
  private LakeServer server;

  @BeforeEach
  void start() throws Exception {
    serve(Map.of());
    rows = new LayeredRows(lake).create();
    rows.batch(rows.row("sensor-1", "10:00", 30), rows.row("sensor-1", "10:01", 60));
    rows.speed(rows.row("sensor-1", "10:02", 90), rows.row(MARKUP, "10:02", 9));
    rows.boundary("10:02");
  }

  private void serve(Map<String, String> settings) throws Exception {
    lake = new TestLake(folder.resolve("lake"), settings);
    server = LakeServer.start(Session.running(lake.spark()), lake.settings(), "127.0.0.1", 0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void itShowsWhatTheApiSaysWithoutErrors() throws Exception {
    Browser.Loaded page = load("1280,1600");

    assertThat(page.console()).isEmpty();
    assertThat(page.document())
        .contains("<option value=\"device_metrics\">device_metrics</option>")
        .contains(
            "device_id per 1m; windows from 2026-01-31 10:00 to 2026-01-31 10:02 UTC; boundary 2026-01-31 10:02")
        .contains(">sensor-1</button>")
        .contains("class=\"spark\"")
        .contains("avg_temperature of sensor-1 over time")
        .contains("<td>2026-01-31 10:02</td><td>30</td><td>speed</td>")
        .contains("<td>2026-01-31 10:01</td><td>20</td><td>batch</td>")
        .contains("<canvas");
  }

  /** A device may call itself anything. */
  @Test
  void textsFromTheLakeNeverBecomeMarkup() throws Exception {
    assertThat(load("390,1600").document())
        .contains("z&lt;img src=x onerror=alert(1)&gt;</button>")
        .doesNotContain("<img");
  }

  @Test
  void aServerWithATokenAsksForIt() throws Exception {
    server.close();
    serve(Map.of("serve.token", "{{env/PATH}}"));

    Browser.Loaded page = load("800,1600");

    assertThat(page.document())
        .contains("This server requires a token.")
        .doesNotContain("sensor-1");
    assertThat(page.document()).contains("<form id=\"login\">");
  }

  private Browser.Loaded load(String size) throws Exception {
    return Browser.in(folder).load("http://127.0.0.1:%d/".formatted(server.port()), size);
  }
}
