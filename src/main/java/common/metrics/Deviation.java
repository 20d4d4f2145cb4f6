package common.metrics;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Calls of {@code deviates(measure, factor[, floor])} in a level's condition: the measure is
 * further from the key's {@link Baseline} than {@code factor} standard deviations, where a standard
 * deviation counts as at least {@code floor}. Null without a baseline.
 */
final class Deviation {
  private static final String NUMBER = "\\s*([0-9]+(?:\\.[0-9]+)?)\\s*";
  private static final Pattern NAME =
      Pattern.compile("\\bdeviates\\s*\\(", Pattern.CASE_INSENSITIVE);
  private static final Pattern CALL =
      Pattern.compile(
          "\\bdeviates\\s*\\(\\s*(\\w+)\\s*,%1$s(?:,%1$s)?\\)".formatted(NUMBER),
          Pattern.CASE_INSENSITIVE);

  /**
   * Rounding error, relative to the mean, by which the mean of equal values can differ from the
   * values.
   */
  private static final String ROUNDING = "1e-9D";

  private Deviation() {}

  /** The measures that a condition compares with their baselines. */
  static List<String> measures(String condition) {
    return CALL.matcher(condition).results().map(call -> call.group(1)).distinct().toList();
  }

  /** Whether all calls of the function have the form that {@link #sql} replaces. */
  static boolean isValid(String condition) {
    return !NAME.matcher(sql(condition)).find();
  }

  /** The condition as SQL over the columns of the view, which include the baselines. */
  static String sql(String condition) {
    return CALL.matcher(condition).replaceAll(call -> Matcher.quoteReplacement(sql(call)));
  }

  private static String sql(MatchResult call) {
    String measure = call.group(1);
    String floor = call.group(3) == null ? "0" : call.group(3);
    return "(abs(CAST(%1$s AS DOUBLE) - %2$s) > %3$sD * greatest(%4$s, %5$sD, %6$s * abs(%2$s)))"
        .formatted(
            measure,
            Baseline.meanColumn(measure),
            call.group(2),
            Baseline.deviationColumn(measure),
            floor,
            ROUNDING);
  }
}
