package rival;

import com.ethlo.time.ITU;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;

/** A wire event, parsed in one streaming pass. Only the fields that the view needs are kept. */
public final class WireEvent {
  private static final JsonFactory JSON = new JsonFactory();

  public String eventId;
  public String deviceId;
  public long timeMillis;
  public double temperature = Double.NaN;
  public double energy = Double.NaN;
  public String userId;

  /** Parses a record; null when it is not an event. */
  static WireEvent parse(byte[] body) {
    WireEvent event = new WireEvent();
    try (JsonParser json = JSON.createParser(body)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }

      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        json.nextToken();
        switch (name) {
          case "eventId" -> event.eventId = json.getText();
          case "deviceId" -> event.deviceId = json.getText();
          case "userId" -> event.userId = json.getText();
          case "eventTimestamp" -> {
            Instant time = ITU.parseDateTime(json.getText()).toInstant();
            event.timeMillis = time.toEpochMilli();
          }
          case "temperature" -> event.temperature = json.getDoubleValue();
          case "energyConsumed" -> event.energy = json.getDoubleValue();
          default -> json.skipChildren();
        }
      }
    } catch (IOException | RuntimeException invalid) {
      return null;
    }

    return event.deviceId == null || event.timeMillis == 0 ? null : event;
  }
}
