package common.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTimeTest {
  @ParameterizedTest
  @CsvSource({
    "2016-01-11T17:00:00Z, 2016-01-11T17:00:00Z",
    "2016-01-11T17:00:00, 2016-01-11T17:00:00Z",
    "2016-01-11T17:00, 2016-01-11T17:00:00Z",
    "2016-01-11T17:00:00+02:00, 2016-01-11T15:00:00Z",
    "2016-01-11T17:00:00-0530, 2016-01-11T22:30:00Z",
    "2016-01-11T17:00:00+00, 2016-01-11T17:00:00Z",
    "2016-01-11t17:00:00z, 2016-01-11T17:00:00Z",
    "2016-01-11T17:00:00.1Z, 2016-01-11T17:00:00.100Z",
    "2016-01-11T17:00:00.123456789Z, 2016-01-11T17:00:00.123456Z",
    "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
  })
  void isoTimeIsAnInstantAndUtcWithoutAnOffset(String text, Instant expected) {
    assertThat(EventTime.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yesterday",
        "2016-01-11",
        "2016-01-11 17:00:00",
        "2016-02-30T17:00:00Z",
        "2016-01-11T25:00:00Z",
        "2016-13-11T17:00:00Z",
        "1452531600",
        "01/11/2016 17:00",
        "0000-12-31T00:00:00Z",
        "2016-01-11T17:00:00Z junk"
      })
  void anythingElseIsNotATime(String text) {
    assertThatThrownBy(() -> EventTime.parse(text)).isInstanceOf(DateTimeException.class);
  }
}
