package serving.sql.powerbi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import common.metrics.Measure;
import common.metrics.MeasureKind;
import common.metrics.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.MeasuredViews;

/** Evaluates the generated measures, and compares the results with the values behind the rows. */
class DaxTest {
  /** Values by window; windows differ in their numbers of values and of events without a value. */
  private static final List<List<Double>> WINDOWS =
      List.of(
          Arrays.asList(10.0, null, null, null),
          Arrays.asList(20.0, 22.0, 21.0, 40.0, null),
          Arrays.asList(null, null),
          Arrays.asList(30.0));

  private static final View TUMBLING = MeasuredViews.of(MeasuredViews.TUMBLING);
  private static final View HOPPING = MeasuredViews.of(MeasuredViews.HOPPING);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "events | SUM('measured'[events__row])",
        "hot | SUM('measured'[hot__row])",
        "total | SUM('measured'[total__row])",
        "lowest | MIN('measured'[lowest__row])",
        "average | DIVIDE(SUM('measured'[average__sum]), SUM('measured'[average__count]))",
        "middle | IF(COUNTROWS('measured') = 1, MAX('measured'[middle__row]))",
        "users | IF(COUNTROWS('measured') = 1, MAX('measured'[users__row]))",
      })
  void eachKindHasItsExpression(String measure, String expression) {
    assertThat(dax(TUMBLING, measure, DataTypes.DoubleType)).isEqualTo(expression);
  }

  @Test
  void countsAndSumsAreAddedAndExtremesAreThoseOfAllRows() {
    List<Map<String, Object>> rows = rows(WINDOWS);

    assertThat(value(TUMBLING, "events", rows)).isEqualTo(12.0);
    assertThat(value(TUMBLING, "total", rows)).isEqualTo(143.0);
    assertThat(value(TUMBLING, "lowest", rows)).isEqualTo(10.0);
  }

  @Test
  void anAverageIsWeightedByTheNumberOfItsValues() {
    double truth = present(WINDOWS).average().orElseThrow();
    List<Map<String, Object>> rows = rows(WINDOWS);

    assertThat((Double) value(TUMBLING, "average", rows)).isCloseTo(truth, withinPercentage(1e-9));
    assertThat(DaxExpression.evaluate("SUM('measured'[average__row])", rows))
        .as("the average of the averages is different")
        .isNotEqualTo(3 * truth);
  }

  @Test
  void aDeviationIsThatOfAllValuesEvenFarFromZero() {
    List<List<Double>> far =
        WINDOWS.stream()
            .map(
                window -> window.stream().map(value -> value == null ? null : 1e9 + value).toList())
            .toList();
    double mean = present(WINDOWS).average().orElseThrow();
    double truth =
        Math.sqrt(
            present(WINDOWS).map(value -> (value - mean) * (value - mean)).sum()
                / (present(WINDOWS).count() - 1));

    assertThat((Double) value(TUMBLING, "deviation", rows(WINDOWS)))
        .isCloseTo(truth, withinPercentage(1e-9));
    assertThat((Double) value(TUMBLING, "deviation", rows(far))).isCloseTo(truth, within(1e-6));
    assertThat(value(TUMBLING, "deviation", rows(WINDOWS.subList(0, 1))))
        .as("one value has no deviation")
        .isNull();
  }

  @Test
  void whatSeveralRowsCannotTellIsBlank() {
    List<Map<String, Object>> rows = rows(WINDOWS);

    for (String measure : List.of("middle", "users")) {
      assertThat(value(TUMBLING, measure, rows.subList(1, 2))).isEqualTo(5.0);
      assertThat(value(TUMBLING, measure, rows)).isNull();
    }
  }

  @Test
  void overlappingWindowsAreNotAddedUp() {
    List<Map<String, Object>> rows = rows(WINDOWS);
    List<Map<String, Object>> sameWindow = new ArrayList<>(rows(WINDOWS));
    sameWindow.forEach(row -> row.put(View.WINDOW_START, 7L));

    for (String measure : List.of("events", "hot", "total", "average", "deviation")) {
      assertThat(value(HOPPING, measure, rows)).as(measure).isNull();
      assertThat(value(HOPPING, measure, sameWindow))
          .as("%s of all keys of a window", measure)
          .isEqualTo(value(TUMBLING, measure, rows))
          .isNotNull();
    }

    assertThat(value(HOPPING, "lowest", rows)).isEqualTo(10.0);
  }

  @Test
  void booleansHaveExtremes() {
    List<Map<String, Object>> rows = rows(WINDOWS);
    Measure all = new Measure("any_hot", MeasureKind.MIN, "temperature > 20");

    assertThat(value(TUMBLING, "any_hot", rows)).isEqualTo(true);
    assertThat(value(TUMBLING, "any_hot", rows.subList(0, 1))).isEqualTo(false);
    assertThat(value(TUMBLING, "any_hot", rows.subList(2, 3))).isNull();
    assertThat(
            DaxExpression.evaluate(
                new Dax("measured", TUMBLING.window()).expression(all, DataTypes.BooleanType),
                rows))
        .isEqualTo(false);
    assertThatThrownBy(() -> DaxExpression.evaluate("MAX('measured'[any_hot__row])", rows))
        .as("DAX rejects this")
        .hasMessageContaining("boolean");
  }

  @Test
  void withoutRowsEveryMeasureIsBlank() {
    for (View view : List.of(TUMBLING, HOPPING)) {
      for (Measure measure : view.measures()) {
        assertThat(value(view, measure.name(), List.of())).as(measure.name()).isNull();
      }
    }
  }

  @Test
  void namesAreEscaped() {
    Measure odd = new Measure("a]b ü", MeasureKind.COUNT, "1");
    String expression = new Dax("it's", HOPPING.window()).expression(odd, DataTypes.LongType);

    assertThat(expression)
        .isEqualTo(
            "IF(MIN('it''s'[window_start]) = MAX('it''s'[window_start]), SUM('it''s'[a]]b ü__row]))");
    assertThat(
            DaxExpression.evaluate(
                expression, List.of(Map.of(View.WINDOW_START, 1L, "a]b ü__row", 3L))))
        .isEqualTo(3.0);
  }

  @Test
  void theEvaluatorRejectsWhatItDoesNotKnow() {
    List<Map<String, Object>> rows = rows(WINDOWS);

    assertThatThrownBy(() -> DaxExpression.evaluate("AVERAGE('measured'[total__row])", rows))
        .hasMessageContaining("AVERAGE");
    assertThatThrownBy(() -> DaxExpression.evaluate("SUM('measured'[none])", rows))
        .hasMessageContaining("none");
    assertThatThrownBy(() -> DaxExpression.evaluate("SUM('measured'[total__row]) ; 1", rows))
        .hasMessageContaining("Cannot read");
  }

  private static Object value(View view, String measure, List<Map<String, Object>> rows) {
    DataType type = measure.equals("any_hot") ? DataTypes.BooleanType : DataTypes.DoubleType;
    return DaxExpression.evaluate(dax(view, measure, type), rows);
  }

  private static String dax(View view, String name, DataType type) {
    Measure measure =
        view.measures().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    return new Dax(view.name(), view.window()).expression(measure, type);
  }

  /**
   * One row per window, as the tables store it; the number of events stands in for medians and
   * distinct counts.
   */
  private static List<Map<String, Object>> rows(List<List<Double>> windows) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (List<Double> window : windows) {
      double[] values = present(List.of(window)).toArray();
      boolean any = values.length > 0;
      double sum = DoubleStream.of(values).sum();
      double mean = sum / values.length;
      Map<String, Object> row = new HashMap<>();
      row.put(View.WINDOW_START, (long) rows.size());
      row.put("events__row", (long) window.size());
      row.put("hot__row", DoubleStream.of(values).filter(value -> value > 20).count());
      row.put("total__row", any ? sum : null);
      row.put("lowest__row", any ? DoubleStream.of(values).min().orElseThrow() : null);
      row.put("any_hot__row", any ? DoubleStream.of(values).anyMatch(value -> value > 20) : null);
      row.put("average__row", any ? mean : null);
      row.put("middle__row", (double) window.size());
      row.put("users__row", (double) window.size());
      for (String measure : List.of("average", "average_revenue", "deviation")) {
        row.put(measure + "__sum", any ? sum : null);
        row.put(measure + "__count", (long) values.length);
      }

      row.put("deviation__mean", any ? mean : null);
      row.put(
          "deviation__m2",
          any ? DoubleStream.of(values).map(value -> (value - mean) * (value - mean)).sum() : null);
      rows.add(row);
    }

    return rows;
  }

  private static DoubleStream present(List<List<Double>> windows) {
    Stream<Double> values = windows.stream().flatMap(List::stream).filter(Objects::nonNull);
    return values.mapToDouble(Double::doubleValue);
  }
}
