package common.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DatesTest {
  private static final LocalDate MONDAY = LocalDate.parse("2026-02-02");

  @Test
  void daysThatFollowEachOtherAreOneRange() {
    Dates dates = Dates.of(List.of(MONDAY.plusDays(5), MONDAY, MONDAY.plusDays(1)));

    assertThat(dates).hasToString("2026-02-02..2026-02-03, 2026-02-07");
    assertThat(dates.days()).containsExactly(MONDAY, MONDAY.plusDays(1), MONDAY.plusDays(5));
    assertThat(dates.sql())
        .isEqualTo(
            "(event_date >= DATE'2026-02-02' AND event_date <= DATE'2026-02-03') OR "
                + "(event_date >= DATE'2026-02-07' AND event_date <= DATE'2026-02-07')");
  }

  @Test
  void noDaysAreNoDates() {
    assertThatThrownBy(() -> Dates.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void windowsThatStayInTheirDayNeedNoOtherDay() {
    Dates dates = Dates.of(List.of(MONDAY));

    assertThat(dates.ofEvents(view(new Window.Tumbling(Duration.ofHours(6))))).hasValue(dates);
    assertThat(dates.ofWindows(view(new Window.Tumbling(Duration.ofHours(6))))).hasValue(dates);
  }

  @Test
  void windowsThatReachFurtherNeedTheDaysBeforeOrAfter() {
    Dates dates = Dates.of(List.of(MONDAY));
    View week = view(new Window.Hopping(Duration.ofDays(2), Duration.ofDays(1)));

    assertThat(dates.ofEvents(week)).map(Dates::toString).hasValue("2026-02-02..2026-02-04");
    assertThat(dates.ofWindows(week)).map(Dates::toString).hasValue("2026-01-31..2026-02-02");
  }

  @Test
  void sessionsMayReachAnywhere() {
    View sessions = view(new Window.Session(Duration.ofMinutes(1)));

    assertThat(Dates.of(List.of(MONDAY)).ofWindows(sessions)).isEqualTo(Optional.empty());
  }

  private static View view(Window window) {
    return new View(
        "v",
        List.of("device_id"),
        window,
        List.of(new Measure("n", MeasureKind.COUNT, "1")),
        List.of());
  }
}
