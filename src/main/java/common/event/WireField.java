package common.event;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The fields of the wire event that map to columns. */
public enum WireField {
  EVENT_ID("eventId", false),
  DEVICE_ID("deviceId", false),
  EVENT_TIMESTAMP("eventTimestamp", false),
  TEMPERATURE("temperature", true),
  ENERGY_CONSUMED("energyConsumed", true),
  USER_ID("userId", false),
  EVENT_TYPE("eventType", false),
  SESSION_DURATION("sessionDuration", true),
  REVENUE("revenue", true);

  private static final Map<String, WireField> BY_NAME =
      Stream.of(values()).collect(toUnmodifiableMap(WireField::wireName, field -> field));

  private final String wireName;
  private final boolean numeric;

  WireField(String wireName, boolean numeric) {
    this.wireName = wireName;
    this.numeric = numeric;
  }

  public static Optional<WireField> named(String wireName) {
    return Optional.ofNullable(BY_NAME.get(wireName));
  }

  public String wireName() {
    return wireName;
  }

  public boolean isNumeric() {
    return numeric;
  }
}
