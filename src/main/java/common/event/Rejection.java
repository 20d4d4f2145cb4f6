package common.event;

/**
 * Why a record is not an event. The code is stored in the quarantine's {@code reason} column and
 * never changes; the accompanying detail names the field and the value found.
 */
public enum Rejection {
  EMPTY_BODY("empty-body"),
  MALFORMED_RECORD("malformed-record"),
  MALFORMED_JSON("malformed-json"),
  NOT_AN_OBJECT("not-an-object"),
  DUPLICATE_FIELD("duplicate-field"),
  WRONG_TYPE("wrong-type"),
  MISSING_DEVICE_ID("missing-device-id"),
  MISSING_EVENT_TIMESTAMP("missing-event-timestamp"),
  INVALID_EVENT_TIMESTAMP("invalid-event-timestamp"),
  FUTURE_EVENT_TIMESTAMP("future-event-timestamp"),
  NOT_FINITE("not-finite"),
  NEGATIVE_DURATION("negative-duration"),
  OUT_OF_RANGE("out-of-range");

  private final String code;

  Rejection(String code) {
    this.code = code;
  }

  public String code() {
    return code;
  }
}
