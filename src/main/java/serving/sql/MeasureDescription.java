package serving.sql;

import common.metrics.Measure;
import common.metrics.RollUp;
import common.metrics.Window;

/**
 * The description of a measure that BI tools show: how it is computed, and over which rows it has
 * no value.
 */
public final class MeasureDescription {
  private MeasureDescription() {}

  /**
   * The description, one or more lines.
   *
   * @param rollUp the roll-up that the tool can compute over several rows
   */
  public static String of(Measure measure, RollUp rollUp, Window window) {
    String kind = measure.kind().configName();
    String computed = measure.input().equals("1") ? kind : kind + " of " + measure.input();
    String limits =
        switch (rollUp.rows(window)) {
          case ONE ->
              ". No value over several rows: it cannot be computed from the results of the rows";
          case ONE_WINDOW ->
              ". No value over several windows: they overlap, and their events would count more than once";
          case ANY ->
              rollUp == RollUp.DISTINCT
                  ? ". Over several rows, an estimate: " + measure.kind().errorBound().orElseThrow()
                  : "";
        };
    return computed + limits;
  }
}
