package testing;

import com.typesafe.config.ConfigFactory;
import common.metrics.View;
import common.settings.Views;
import java.util.Collection;
import java.util.stream.Stream;

/** Views with a measure of every kind, one per kind of window. */
public final class MeasuredViews {
  public static final String TUMBLING = "10 minutes";
  public static final String HOPPING = "{ size = 10 minutes, slide = 5 minutes }";
  public static final String SESSION = "{ session-gap = 4 minutes }";

  private MeasuredViews() {}

  /** The given views, followed by these. */
  public static Stream<View> and(Collection<View> others) {
    return Stream.concat(
        others.stream(), Stream.of(TUMBLING, HOPPING, SESSION).map(MeasuredViews::of));
  }

  /**
   * A view with the keys device_id and event_type.
   *
   * @param window as in the configuration
   */
  public static View of(String window) {
    return new Views(
            ConfigFactory.parseString(
                """
                measured {
                  keys = [device_id, event_type], window = WINDOW
                  measures = [
                    { name = events, kind = count }
                    { name = hot, kind = count-if, where = "temperature > 20" }
                    { name = total, kind = sum, of = revenue }
                    { name = lowest, kind = min, of = temperature }
                    { name = any_hot, kind = max, of = "temperature > 20" }
                    { name = average, kind = average, of = temperature }
                    { name = average_revenue, kind = average, of = revenue }
                    { name = deviation, kind = stddev, of = temperature }
                    { name = middle, kind = median, of = temperature }
                    { name = users, kind = distinct, of = user_id }
                  ]
                }"""
                    .replace("WINDOW", window)))
        .named("measured");
  }
}
