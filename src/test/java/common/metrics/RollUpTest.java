package common.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import common.metrics.RollUp.Rows;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.MeasuredViews;

class RollUpTest {
  @Test
  void theViewOfTheTestsHasEveryKind() {
    assertThat(MeasuredViews.of(MeasuredViews.TUMBLING).measures())
        .extracting(Measure::kind)
        .contains(MeasureKind.values());
  }

  @ParameterizedTest
  @ValueSource(strings = {MeasuredViews.TUMBLING, MeasuredViews.SESSION})
  void whereEachEventIsInOneWindowAllButAMedianHasAValueOverAnyRows(String window) {
    assertThat(rows(MeasuredViews.of(window)))
        .containsEntry("middle", Rows.ONE)
        .hasSizeGreaterThan(1)
        .allSatisfy(
            (measure, rows) ->
                assertThat(rows).isEqualTo(measure.equals("middle") ? Rows.ONE : Rows.ANY));
  }

  @Test
  void whereWindowsOverlapOnlyWhatRepetitionCannotChangeHasAValueOverSeveral() {
    assertThat(rows(MeasuredViews.of(MeasuredViews.HOPPING)))
        .isEqualTo(
            Map.of(
                "events", Rows.ONE_WINDOW,
                "hot", Rows.ONE_WINDOW,
                "total", Rows.ONE_WINDOW,
                "lowest", Rows.ANY,
                "any_hot", Rows.ANY,
                "average", Rows.ONE_WINDOW,
                "average_revenue", Rows.ONE_WINDOW,
                "deviation", Rows.ONE_WINDOW,
                "middle", Rows.ONE,
                "users", Rows.ANY));
  }

  @Test
  void hoppingWindowsThatDoNotOverlapAreTumbling() {
    View view = MeasuredViews.of("{ size = 10 minutes, slide = 10 minutes }");

    assertThat(rows(view)).containsEntry("events", Rows.ANY);
  }

  @Test
  void withoutSketchesADistinctCountHasAValueForOneRowOnly() {
    View view = MeasuredViews.of(MeasuredViews.TUMBLING);

    for (Measure measure : view.measures()) {
      RollUp rollUp = RollUp.of(measure);
      assertThat(rollUp.withoutSketches())
          .isEqualTo(measure.kind() == MeasureKind.DISTINCT ? RollUp.NONE : rollUp);
    }
  }

  @Test
  void theColumnsAreAmongThoseOfTheTables() {
    View view = MeasuredViews.of(MeasuredViews.TUMBLING);
    List<String> columns =
        view.measures().stream().flatMap(measure -> RollUp.of(measure).columns(measure)).toList();

    assertThat(columns).contains("average__sum", "deviation__m2", "users__sketch");
    assertThat(Metrics.columns(view)).containsAll(columns);
  }

  private static Map<String, Rows> rows(View view) {
    return view.measures().stream()
        .collect(
            Collectors.toMap(Measure::name, measure -> RollUp.of(measure).rows(view.window())));
  }
}
