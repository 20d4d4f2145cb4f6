package common.event;

/** Thrown only while parsing, to reject a record with a reason; carries no stack trace. */
final class RejectedRecord extends Exception {
  private final Rejection rejection;

  RejectedRecord(Rejection rejection, String detail) {
    super(detail, null, false, false);
    this.rejection = rejection;
  }

  Rejection rejection() {
    return rejection;
  }
}
