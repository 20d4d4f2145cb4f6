package common.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.hll_sketch_agg;
import static org.apache.spark.sql.functions.hll_sketch_estimate;
import static org.apache.spark.sql.functions.hll_union;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.TestSpark;

class DistinctValuesTest {
  @Property(tries = 200)
  void aTableHoldsWhatASetHolds(
      @ForAll @Size(max = 300) List<@NumericChars @StringLength(max = 3) String> left,
      @ForAll @Size(max = 300) List<@NumericChars @StringLength(max = 3) String> right) {
    Set<String> both = new HashSet<>(left);
    both.addAll(right);

    assertThat(values(table(left))).containsExactlyInAnyOrderElementsOf(new HashSet<>(left));
    assertThat(values(DistinctValues.union(table(left), table(right))))
        .containsExactlyInAnyOrderElementsOf(both);
  }

  @Test
  void aTableGrows() {
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      many.add("user-" + i);
    }

    byte[] table = table(many);

    assertThat(values(table)).containsExactlyElementsOf(many);
    assertThat(DistinctValues.union(table, table)).isSameAs(table);
    assertThat(DistinctValues.with(table, "user-99999".getBytes(UTF_8))).isSameAs(table);
  }

  @Test
  void aValueLongerThanTheWholeTableHasRoom() {
    List<String> values = List.of("", "x".repeat(100_000), "y");
    assertThat(values(table(values))).containsExactlyElementsOf(values);
  }

  @Test
  void zeroHasNoSignAndNullsAreNotCounted() {
    Row counts =
        TestSpark.session()
            .sql(
                "SELECT * FROM VALUES (0.0D, '0.0'), (-0.0D, '-0.0'), (double('NaN'), ''), (double('NaN'), NULL), (NULL, '0.0') AS t(number, text)")
            .agg(
                DistinctValues.count(DistinctValues.of(col("number"))),
                DistinctValues.count(DistinctValues.of(col("text"))))
            .first();

    assertThat(counts.getLong(0)).isEqualTo(2);
    assertThat(counts.getLong(1)).isEqualTo(3);
  }

  /** Compares unions, because a sketch that was never merged estimates more closely. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 20_000})
  void theSketchMergesLikeThatOfSpark(int number) {
    Row sketches =
        TestSpark.session()
            .range(number)
            .select(col("id").cast("string").as("text"))
            .agg(
                DistinctValues.sketch(DistinctValues.of(col("text")), 12).as("own"),
                hll_sketch_agg(col("text"), 12).as("spark"))
            .select(
                hll_sketch_estimate(hll_union("own", "own")),
                hll_sketch_estimate(hll_union("spark", "spark")))
            .first();

    assertThat(sketches.getLong(0)).isEqualTo(sketches.getLong(1));
  }

  private static byte[] table(List<String> values) {
    byte[] table = DistinctValues.empty();
    for (String value : values) {
      table = DistinctValues.with(table, value.getBytes(UTF_8));
    }

    return table;
  }

  private static List<String> values(byte[] table) {
    List<String> values = new ArrayList<>();
    DistinctValues.forEach(table, bytes -> values.add(new String(bytes, UTF_8)));
    return values;
  }
}
