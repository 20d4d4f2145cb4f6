package rival;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;

/** Accumulates the measures of the view {@code device_metrics} for one device and minute. */
public final class DeviceMinute {
  private static final int LG_K = 12;

  public String deviceId;
  public long startMillis;
  private long events;
  private long readings;
  private double sum;
  private double mean;
  private double squares;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private double energy;
  private final HllSketch users = new HllSketch(LG_K, TgtHllType.HLL_8);

  void add(WireEvent event) {
    events++;
    if (!Double.isNaN(event.temperature)) {
      readings++;
      sum += event.temperature;
      double distance = event.temperature - mean;
      mean += distance / readings;
      squares += distance * (event.temperature - mean);
      min = Math.min(min, event.temperature);
      max = Math.max(max, event.temperature);
    }

    if (!Double.isNaN(event.energy)) {
      energy += event.energy;
    }

    if (event.userId != null) {
      users.update(event.userId);
    }
  }

  /** The stored values by the view's column names. */
  Map<String, String> fields() {
    Map<String, String> fields = new TreeMap<>();
    fields.put("window_start", Instant.ofEpochMilli(startMillis).toString());
    fields.put("event_count", Long.toString(events));
    fields.put("unique_users", Long.toString(Math.round(users.getEstimate())));
    if (readings > 0) {
      fields.put("avg_temperature", Double.toString(sum / readings));
      fields.put("min_temperature", Double.toString(min));
      fields.put("max_temperature", Double.toString(max));
    }

    if (readings > 1) {
      fields.put("stddev_temperature", Double.toString(Math.sqrt(squares / (readings - 1))));
    }

    fields.put("total_energy", Double.toString(energy));
    return fields;
  }
}
