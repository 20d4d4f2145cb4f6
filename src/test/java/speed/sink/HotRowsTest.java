package speed.sink;

import static org.assertj.core.api.Assertions.assertThat;

import common.metrics.View;
import common.metrics.Window;
import common.redis.RedisKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import testing.TestSpark;

class HotRowsTest {
  private static final List<String> SPECIAL =
      List.of(
          "",
          " ",
          "|",
          "||",
          ".",
          "..",
          "a.b",
          "a|b",
          "%7C",
          ".7C",
          "+",
          "*",
          "%",
          "{",
          "}",
          ":",
          "{a}",
          "a:recent",
          "../../etc",
          "\r\nDEL x\r\n",
          "\u0000",
          "ü",
          "日本",
          "😀",
          "~",
          "-_");

  private static final View VIEW =
      new View(
          "any",
          List.of("one", "other"),
          new Window.Tumbling(Duration.ofMinutes(1)),
          List.of(),
          List.of());

  @Test
  void writersAndReadersEncodeKeysAlikeAndDistinctKeysDifferently() {
    List<Row> keys = new ArrayList<>();
    SPECIAL.forEach(one -> SPECIAL.forEach(other -> keys.add(RowFactory.create(one, other))));
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      keys.add(RowFactory.create(text(random), text(random)));
    }

    List<Row> written =
        TestSpark.session()
            .createDataFrame(
                keys,
                new StructType()
                    .add("one", DataTypes.StringType)
                    .add("other", DataTypes.StringType))
            .select(HotRows.keys(VIEW))
            .collectAsList();

    for (int i = 0; i < keys.size(); i++) {
      String read = RedisKeys.encoded(List.of(keys.get(i).getString(0), keys.get(i).getString(1)));
      assertThat(read).isEqualTo(written.get(i).getString(0)).matches("[A-Za-z0-9._|-]*");
    }

    Set<Row> distinct = new HashSet<>(keys);
    assertThat(new HashSet<>(written)).hasSameSizeAs(distinct);
  }

  private static String text(Random random) {
    return random
        .ints(random.nextInt(1, 6), 1, 0x800)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
