package common.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
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

  /** The digit-by-digit parser agrees with the formatter on values and on rejected texts. */
  @Property(tries = 20_000)
  void bothWaysToReadATimeAgree(@ForAll("almostTimes") String text) {
    assertThat(result(text, EventTime::parseMicros))
        .isEqualTo(result(text, any -> micros(EventTime.parse(any))));
  }

  private static long micros(Instant time) {
    return TimeUnit.SECONDS.toMicros(time.getEpochSecond()) + time.getNano() / 1_000;
  }

  private static Optional<Long> result(String text, Function<String, Long> parser) {
    try {
      return Optional.of(parser.apply(text));
    } catch (DateTimeException refused) {
      return Optional.empty();
    }
  }

  /**
   * Times in the common format, possibly with numbers out of range; some have one character
   * replaced.
   */
  @Provide
  Arbitrary<String> almostTimes() {
    Arbitrary<String> date =
        Combinators.combine(number(4, 9999), number(2, 13), number(2, 32))
            .as((year, month, day) -> year + "-" + month + "-" + day);
    Arbitrary<String> time =
        Combinators.combine(number(2, 25), number(2, 61), number(2, 61))
            .as((hour, minute, second) -> hour + ":" + minute + ":" + second);
    Arbitrary<String> fraction =
        Arbitraries.oneOf(
            Arbitraries.just(""),
            Arbitraries.strings().numeric().ofMaxLength(10).map(digits -> "." + digits));
    Arbitrary<String> offset =
        Arbitraries.oneOf(
            Arbitraries.of("Z", "z", "", "+00:00", "-00:00", "+18:00", "-18:01", "+0130", "+01"),
            Combinators.combine(Arbitraries.of("+", "-"), number(2, 20), number(2, 61))
                .as((sign, hours, minutes) -> sign + hours + ":" + minutes));
    Arbitrary<String> whole =
        Combinators.combine(date, time, fraction, offset)
            .as((day, clock, part, zone) -> day + "T" + clock + part + zone);
    Arbitrary<String> spoiled =
        Combinators.combine(
                whole, Arbitraries.integers().between(0, 18), Arbitraries.of("x- :.T9z+".split("")))
            .as((text, at, other) -> text.substring(0, at) + other + text.substring(at + 1));
    return Arbitraries.frequencyOf(Tuple.of(3, whole), Tuple.of(1, spoiled));
  }

  private static Arbitrary<String> number(int digits, int max) {
    return Arbitraries.integers().between(0, max).map(n -> String.format("%0" + digits + "d", n));
  }
}
