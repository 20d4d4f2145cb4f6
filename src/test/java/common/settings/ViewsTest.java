package common.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import common.Failure;
import common.metrics.Measure;
import common.metrics.MeasureKind;
import common.metrics.Metrics;
import common.metrics.View;
import common.metrics.Window;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.TestSpark;

class ViewsTest {
  private static final String COUNT = "measures = [{ name = n, kind = count }]";

  @Test
  void aViewIsReadFromData() {
    View view =
        view(
            """
            keys = [device_id, event_type], window { size = 10 minutes, slide = 5 minutes }
            measures = [
              { name = hot, kind = count-if, where = "temperature > 85" }
              { name = kelvin, kind = max, of = "temperature + 273.15" }
            ]""");

    assertThat(view.keys()).containsExactly("device_id", "event_type");
    assertThat(view.window())
        .isEqualTo(new Window.Hopping(Duration.ofMinutes(10), Duration.ofMinutes(5)));
    assertThat(view.measures())
        .containsExactly(
            new Measure("hot", MeasureKind.COUNT_IF, "temperature > 85"),
            new Measure("kelvin", MeasureKind.MAX, "temperature + 273.15"));
    assertThat(view.clusterBy()).containsExactly("device_id", "event_type", "window_start");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "keys = [], window = 1 day, COUNT | views.v.keys",
        "keys = [device], window = 1 day, COUNT | views.v.keys",
        "keys = [event_date], window = 1 day, COUNT | views.v.keys",
        "keys = [user_id, user_id], window = 1 day, COUNT | views.v.keys",
        "window = 1 day, COUNT | keys",
        "keys = [user_id], COUNT | window",
        "keys = [user_id], window = soon, COUNT | window",
        "keys = [user_id], window = 0 days, COUNT | views.v.window",
        "keys = [user_id], window { size = 1 hour, slide = 2 hours }, COUNT | window.slide",
        "keys = [user_id], window { gap = 1 hour }, COUNT | views.v.window.gap",
        "keys = [user_id], window = 1 day, measures = [] | views.v.measures",
        "keys = [user_id], window = 1 day, measure = [] | views.v.measure",
        "keys = [user_id], window = 1 day, measures = [{ name = N, kind = count }] | measures[0].name",
        "keys = [user_id], window = 1 day, measures = [{ name = a__b, kind = count }] | measures[0].name",
        "keys = [user_id], window = 1 day, measures = [{ name = source, kind = count }] | measures[0].name",
        "keys = [user_id], window = 1 day, measures = [{ name = n, kind = mode }] | measures[0].kind",
        "keys = [user_id], window = 1 day, measures = [{ name = n, kind = sum }] | measures[0].of",
        "keys = [user_id], window = 1 day, measures = [{ name = n, kind = sum, where = x }] | measures[0].where",
        "keys = [user_id], window = 1 day, measures = [{ name = n, kind = count-if, where = \"a ==\" }] | measures[0].where",
        "keys = [user_id], window = 1 day, measures = [{ name = n, kind = sum, of = heat }] | measures[0].of",
        "keys = [user_id], window = 1 day, measures = [{ name = n, kind = sum, of = \"rand()\" }] | measures[0].of",
        "keys = [user_id], window = 1 day, measures = [{ name = n, kind = count-if, where = \"event_timestamp < now()\" }] | measures[0].where",
        "keys = [user_id], window = 10, COUNT | Invalid views.v: String: 1: Invalid value at 'window'",
        "keys = [user_id], window { session-gap = 10 }, COUNT | Invalid views.v: String: 1: Invalid value at 'session-gap'",
        "keys = [user_id], window = 1 day, COUNT, layout { z-order-by = [x] } | layout.z-order-by",
        "LEVELS column = n, otherwise = OK, rules = [RULE] } | views.v.levels.column",
        "LEVELS column = a__b, otherwise = OK, rules = [RULE] } | views.v.levels.column",
        "LEVELS column = l, rules = [RULE] } | otherwise",
        "LEVELS column = l, otherwise = OK, rules = [] } | levels.rules",
        "LEVELS column = l, otherwise = HIGH, rules = [RULE] } | levels.rules[0].level",
        "LEVELS column = l, otherwise = OK, rules = [RULE, RULE] } | levels.rules[1].level",
        "LEVELS column = l, otherwise = \"O K\", rules = [RULE] } | levels.otherwise",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"n >\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"heat > 1\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"source = 'batch'\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"n > RAND()\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"window_end > current_timestamp\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"n > unix_timestamp()\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"event_date = date'today'\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"window_end > ' NOW '\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"exists(split(user_id, 'x'), p -> heat > 1)\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"exists(split(user_id, 'x'), p -> window_end > current_timestamp)\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"exists(split(user_id, 'x'), p -> rand() > 1)\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"n > lag(n) over (order by n)\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"n > (select 1)\", severity = info }] } | rules[0].when",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"n > 1\", clear = \"heat < 1\", severity = info }] } | rules[0].clear",
        "LEVELS column = l, otherwise = OK, rules = [{ level = HIGH, when = \"n > 1\", severity = bad }] } | rules[0].severity",
        "LEVELS column = l, otherwise = OK, rules = [{ level = H, when = \"n > 1\", severity = info, clear = \"n >\" }] } | rules[0].clear",
        "LEVELS column = l, otherwise = OK, rules = [RULE], for = 0 } | levels.for",
        "LEVELS column = l, otherwise = OK, rules = [RULE], cooldown = -1s } | levels.cooldown",
        "LEVELS column = l, otherwise = OK, rules = [RULE], cooldown = 10 } | Invalid views.v: String: 1: Invalid value at 'cooldown'",
        "LEVELS column = l, otherwise = OK, rules = [RULE], on = open } | levels.on",
        "LEVELS column = l, otherwise = OK, rules = [RULE], every = 1 } | levels.every",
        "LEVELS column = l, otherwise = OK, rules = [{ level = A, when = \"deviates(user_id, 3)\", severity = info }] } | deviates(...) of measures of the view",
        "LEVELS column = l, otherwise = OK, rules = [{ level = A, when = \"deviates(n, -3)\", severity = info }] } | rules[0]: expected deviates(MEASURE, FACTOR)",
        "LEVELS column = l, otherwise = OK, rules = [{ level = A, when = \"deviates(n + 1, 3)\", severity = info }] } | rules[0]: expected deviates(MEASURE, FACTOR)",
        "LEVELS column = l, otherwise = OK, rules = [{ level = A, when = \"n > 1\", clear = \"not Deviates (n)\", severity = info }] } | rules[0]: expected deviates(MEASURE, FACTOR)",
      })
  void aWrongViewIsRefusedWithTheNameOfTheKey(String text, String key) {
    String whole =
        text.replace("LEVELS", "keys = [user_id], window = 1 day, COUNT, levels {")
            .replace("RULE", "{ level = HIGH, when = \"n > 1\", severity = info }")
            .replace("COUNT", COUNT);
    assertThatThrownBy(() -> view(whole)).isInstanceOf(Failure.class).hasMessageContaining(key);
  }

  @Test
  void anUnknownViewIsRefusedWithTheKnownOnes() {
    Views views =
        new Views(
            ConfigFactory.parseString("a { keys = [user_id], window = 1 day, " + COUNT + "}"));

    assertThatThrownBy(() -> views.named("b"))
        .isInstanceOf(Failure.class)
        .hasMessage("Unknown view 'b': expected one of [a]");
  }

  @Test
  void anInvalidViewIsRefusedOnFirstUseAndDoesNotAffectOthers() {
    Views views =
        new Views(
            ConfigFactory.parseString(
                "a { keys = [user_id], window = 1 day, " + COUNT + "}, b { keys = [] }"));

    assertThat(views.named("a").name()).isEqualTo("a");
    assertThatThrownBy(() -> views.named("b"))
        .isInstanceOf(Failure.class)
        .hasMessage("Invalid views.b.keys: expected at least one column");
    assertThatThrownBy(views::all).hasMessageContaining("views.b.keys");
    assertThatThrownBy(() -> new Views(ConfigFactory.parseString("v = 1")).all())
        .hasMessage("Invalid views.v: expected { keys, window, measures }");
  }

  @Test
  void conditionsMayNameKeysWindowsAndMeasuresInAnyCase() {
    View view =
        view(
            """
            keys = [user_id], window = 1 day, measures = [{ name = n, kind = count }]
            levels {
              column = l, otherwise = OK
              rules = [
                { level = A, when = "N > 1 and Window_Start < date'2030-01-01'", severity = info }
                { level = B, when = "exists(split(user_id, 'x'), part -> part = 'a')", severity = info }
                { level = C, when = "unix_timestamp(window_end) > 1 and event_date > date'2020-01-01'", severity = info }
              ]
            }""");
    assertThat(Metrics.schema(TestSpark.session(), view).fieldNames()).contains("l");
  }

  @Test
  void anExpressionOfTheWrongTypeIsRefusedWithTheNameOfTheView() {
    View wrongType =
        view(
            "keys = [user_id], window = 1 day, measures = [{ name = n, kind = count-if, where = temperature }]");
    assertThatThrownBy(() -> Metrics.schema(TestSpark.session(), wrongType))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("views.v")
        .hasMessageContaining("temperature");
  }

  @ParameterizedTest
  @CsvSource({"n, n > 1", "n > 1, n"})
  void aConditionOfTheWrongTypeIsRefusedWithTheNameOfTheView(String when, String clear) {
    View view =
        view(
            """
            keys = [user_id], window = 1 day, measures = [{ name = n, kind = count }]
            levels {
              column = l, otherwise = OK
              rules = [{ level = HIGH, when = "WHEN", clear = "CLEAR", severity = info }]
            }"""
                .replace("WHEN", when)
                .replace("CLEAR", clear));
    assertThatThrownBy(() -> Metrics.schema(TestSpark.session(), view))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("views.v")
        .hasMessageContaining("n");
  }

  private static View view(String text) {
    return new Views(ConfigFactory.parseString("v {" + text + "}")).named("v");
  }
}
