package common.event;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventParserTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final String TIME = "\"eventTimestamp\":\"2026-01-31T11:00:00Z\"";

  private final EventParser parser = new EventParser(Duration.ofMinutes(10));

  @Test
  void everyFieldHasItsColumn() throws RejectedRecord {
    String body =
        """
        {"eventId":"e1","deviceId":"d1","eventTimestamp":"2026-01-31T23:30:00-01:00","temperature":-1.5,
         "energyConsumed":2,"userId":"u1","eventType":"login","sessionDuration":0,"revenue":12.34,
         "unknown":{"nested":[1,2,{"deviceId":"other"}]}}""";

    Object[] values = new EventParser(Duration.ofDays(1)).parse(body.getBytes(UTF_8), micros(NOW));

    assertThat(values)
        .containsExactly(
            "e1",
            "d1",
            micros(Instant.parse("2026-02-01T00:30:00Z")),
            (int) LocalDate.parse("2026-02-01").toEpochDay(),
            -1.5,
            2.0,
            "u1",
            "login",
            0.0,
            new BigDecimal("12.3400"),
            "e1");
  }

  @Test
  void absentNullAndBlankOptionalFieldsAreNull() throws RejectedRecord {
    Object[] values =
        parse("{\"deviceId\":\"d\"," + TIME + ",\"eventId\":\" \",\"temperature\":null}");

    assertThat(values[0]).isNull();
    assertThat(values[4]).isNull();
    assertThat(values[9]).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "'' | empty-body",
        "'  ' | empty-body",
        "{\"deviceId\":\"d\", | malformed-json",
        "Message 1 | malformed-json",
        "{\"deviceId\":\"d\",TIME} trailing | malformed-json",
        "{\"deviceId\":\"d\",TIME}{} | malformed-json",
        "{\"deviceId\":\"d\\ud800\",TIME} | malformed-json",
        "[{\"deviceId\":\"d\",TIME}] | not-an-object",
        "42 | not-an-object",
        "{\"deviceId\":\"d\",\"deviceId\":\"e\",TIME} | duplicate-field",
        "{\"deviceId\":7,TIME} | wrong-type",
        "{\"deviceId\":{\"id\":7},TIME} | wrong-type",
        "{\"deviceId\":\"d\",TIME,\"temperature\":\"21\"} | wrong-type",
        "{\"deviceId\":\"d\",TIME,\"temperature\":true} | wrong-type",
        "{\"deviceId\":\"d\",TIME,\"temperature\":[1]} | wrong-type",
        "{\"deviceId\":\"d\",TIME,\"eventId\":5} | wrong-type",
        "{\"deviceId\":\"d\",TIME,\"revenue\":\"1.00\"} | wrong-type",
        "{\"deviceId\":\"d\",\"eventTimestamp\":1452531600} | wrong-type",
        "{TIME} | missing-device-id",
        "{\"deviceId\":null,TIME} | missing-device-id",
        "{\"deviceId\":\" \",TIME} | missing-device-id",
        "{\"deviceId\":\"d\"} | missing-event-timestamp",
        "{\"deviceId\":\"d\",\"eventTimestamp\":\"\"} | missing-event-timestamp",
        "{\"deviceId\":\"d\",\"eventTimestamp\":\"noon\"} | invalid-event-timestamp",
        "{\"deviceId\":\"d\",\"eventTimestamp\":\"2026-01-31T12:10:01Z\"} | future-event-timestamp",
        "{\"deviceId\":\"d\",TIME,\"temperature\":NaN} | not-finite",
        "{\"deviceId\":\"d\",TIME,\"temperature\":1e999} | not-finite",
        "{\"deviceId\":\"d\",TIME,\"energyConsumed\":-Infinity} | not-finite",
        "{\"deviceId\":\"d\",TIME,\"sessionDuration\":-0.5} | negative-duration",
        "{\"deviceId\":\"d\",TIME,\"revenue\":123456789012345} | out-of-range",
        "{\"deviceId\":\"d\",TIME,\"revenue\":99999999999999.99996} | out-of-range",
      })
  void eachFaultHasItsReason(String body, String reason) {
    RejectedRecord rejected = rejected(body.replace("TIME", TIME).getBytes(UTF_8));

    assertThat(rejected.rejection().code()).isEqualTo(reason);
    assertThat(rejected.getMessage()).isNotBlank().doesNotContain("\n");
  }

  @Test
  void theFirstFaultOfTheBodyIsTold() {
    RejectedRecord rejected =
        rejected(
            "{\"temperature\":\"hot\",\"revenue\":[],\"eventTimestamp\":\"noon\"}".getBytes(UTF_8));

    assertThat(rejected).hasMessage("temperature: expected a number, found a string");
  }

  @Test
  void bodiesThatAreNotUtf8AreMalformed() {
    String body = "{\"deviceId\":\"é\"," + TIME + "}";

    assertThat(rejected(body.getBytes(UTF_16LE)).rejection()).isEqualTo(Rejection.MALFORMED_JSON);
    assertThat(rejected(body.getBytes(ISO_8859_1)).rejection()).isEqualTo(Rejection.MALFORMED_JSON);
  }

  @Test
  void anEventMayLieAheadOfTheClockByTheSkew() throws RejectedRecord {
    Object[] values = parse("{\"deviceId\":\"d\",\"eventTimestamp\":\"2026-01-31T12:10:00Z\"}");

    assertThat(values[2]).isEqualTo(micros(NOW.plus(Duration.ofMinutes(10))));
  }

  @ParameterizedTest
  @CsvSource({
    "0.30000000000000004, 0.3000",
    "0.00005, 0.0001",
    "-0.00005, -0.0001",
    "1e-999999999, 0.0000",
    "1.5E3, 1500.0000",
    "-99999999999999.9999, -99999999999999.9999"
  })
  void revenueIsExactToFourDigitsAndRoundedBeyond(String revenue, BigDecimal expected)
      throws RejectedRecord {
    Object[] values = parse("{\"deviceId\":\"d\"," + TIME + ",\"revenue\":" + revenue + "}");

    assertThat(values[9]).isEqualTo(expected);
  }

  @Test
  void negativeZeroIsZero() throws RejectedRecord {
    Object[] values = parse("{\"deviceId\":\"d\"," + TIME + ",\"temperature\":-0.0}");

    assertThat(values[4]).isEqualTo(0.0);
  }

  private static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }

  private Object[] parse(String body) throws RejectedRecord {
    return parser.parse(body.getBytes(UTF_8), micros(NOW));
  }

  private RejectedRecord rejected(byte[] body) {
    return catchThrowableOfType(RejectedRecord.class, () -> parser.parse(body, micros(NOW)));
  }
}
