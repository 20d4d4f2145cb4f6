package serving.query;

import common.ErrorCode;
import common.Failure;

/** Failures that all engines report with the same message. */
final class QueryFailures {
  private QueryFailures() {}

  static Failure tooLong() {
    return new Failure(
        ErrorCode.QUERY_TOO_LONG,
        "The query took too long: ask for fewer keys or a shorter time range, or raise serve.timeout");
  }

  static Failure wrongType() {
    return new Failure(
        ErrorCode.OPTION_INVALID,
        "A value of the key or the cursor does not have the type of its column");
  }
}
