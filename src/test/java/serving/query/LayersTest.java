package serving.query;

import static org.assertj.core.api.Assertions.assertThat;

import common.lake.Boundaries;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.LayeredRows;
import testing.TestLake;

class LayersTest {
  @TempDir private Path folder;

  @Test
  void aStateIsTheNewestUntilALayerOrTheBoundaryChanges() throws Exception {
    TestLake lake = new TestLake(folder.resolve("lake"));
    LayeredRows rows = new LayeredRows(lake).create();
    rows.speed(rows.row("a", "10:00", 1));
    Layers first = read(rows);
    assertThat(first.isNewest(lake.lake(), rows.view())).isTrue();

    rows.batch(rows.row("a", "10:00", 1));
    Layers second = read(rows);
    assertThat(first.isNewest(lake.lake(), rows.view())).isFalse();
    assertThat(second.isNewest(lake.lake(), rows.view())).isTrue();

    new Boundaries(lake.lake())
        .publish(
            rows.view(),
            LayeredRows.time("10:01"),
            Boundaries.Origin.manual,
            Instant.now(),
            Duration.ZERO);
    Layers third = read(rows);
    assertThat(second.isNewest(lake.lake(), rows.view())).isFalse();
    assertThat(third.isNewest(lake.lake(), rows.view())).isTrue();

    TestLake empty = new TestLake(folder.resolve("empty"));
    new LayeredRows(empty).create();
    lake.replace("speed/device_metrics", empty);
    assertThat(third.isNewest(lake.lake(), rows.view())).as("a recreated table").isFalse();
  }

  private static Layers read(LayeredRows rows) {
    return Layers.read(rows.lake().lake(), rows.view()).orElseThrow();
  }
}
