package serving;

import common.metrics.View;
import serving.sql.SparkDialect;
import serving.sql.UnifiedView;
import testing.TestLake;

/** The unified view as the sql command generates it, for tests in other packages. */
public final class TestViews {
  private TestViews() {}

  public static String sql(TestLake lake, View view) {
    return new UnifiedView(
            view,
            lake.lake().batchView(view).schema(),
            new SparkDialect(lake.lake()),
            lake.settings().serving().settle())
        .select();
  }
}
