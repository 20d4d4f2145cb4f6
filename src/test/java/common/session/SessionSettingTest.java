package common.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import testing.TestSpark;

class SessionSettingTest {
  private static final String REGISTERED = "spark.sql.caseSensitive";
  private static final String UNREGISTERED = "spark.test.setting";

  private final SparkSession spark = TestSpark.session().newSession();

  @Test
  void aSettingHoldsForTheBlockAndIsUnsetAfterIt() {
    for (String name : new String[] {REGISTERED, UNREGISTERED}) {
      String during = SessionSetting.during(spark, name, "true", () -> spark.conf().get(name));

      assertThat(during).isEqualTo("true");
      assertThat(spark.conf().getAll().contains(name)).as(name).isFalse();
    }
  }

  @Test
  void theEarlierValueComesBackAlsoAfterAnException() {
    spark.conf().set(UNREGISTERED, "outer");

    assertThatThrownBy(
            () ->
                SessionSetting.during(
                    spark,
                    UNREGISTERED,
                    "inner",
                    () -> {
                      throw new IllegalStateException(spark.conf().get(UNREGISTERED));
                    }))
        .hasMessage("inner");

    assertThat(spark.conf().get(UNREGISTERED)).isEqualTo("outer");
  }
}
