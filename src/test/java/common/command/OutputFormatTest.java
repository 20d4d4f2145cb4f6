package common.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class OutputFormatTest {
  private static final String[] COLUMNS = {"key", "start", "n", "mean", "money"};
  private static final List<Row> ROWS =
      List.of(
          RowFactory.create(
              "a,\"b\"",
              Instant.parse("2026-01-31T10:00:00Z"),
              7L,
              1.0 / 3,
              new BigDecimal("0.1000")),
          RowFactory.create("c", null, 0L, null, null));

  @Test
  void csvQuotesAndKeepsEveryDigit() throws IOException {
    assertThat(print(OutputFormat.csv))
        .isEqualTo(
            """
            key,start,n,mean,money
            "a,""b""\",2026-01-31T10:00:00Z,7,0.3333333333333333,0.1000
            c,,0,,
            """);
  }

  @Test
  void jsonIsAnObjectALineWithoutNulls() throws IOException {
    assertThat(print(OutputFormat.json))
        .isEqualTo(
            """
            {"key":"a,\\"b\\"","start":"2026-01-31T10:00:00Z","n":7,"mean":0.3333333333333333,"money":0.1000}
            {"key":"c","n":0}
            """);
  }

  @Test
  void aTableIsAlignedAndRounded() throws IOException {
    assertThat(print(OutputFormat.table))
        .isEqualTo(
            """
            key    start                 n  mean   money
            a,"b"  2026-01-31T10:00:00Z  7  0.333  0.1000
            c                            0
            (2 rows)
            """);
  }

  private static String print(OutputFormat format) throws IOException {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    format.print(COLUMNS, ROWS.iterator(), out);
    out.flush();
    return text.toString();
  }
}
