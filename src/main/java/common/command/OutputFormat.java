package common.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.apache.spark.sql.Row;

/** How rows are printed. Times are ISO-8601 in UTC; nulls are empty, and omitted in JSON. */
public enum OutputFormat {
  /** For people: aligned columns, fractions rounded to three digits. */
  table {
    @Override
    public void print(String[] columns, Iterator<Row> rows, PrintWriter out) {
      List<String[]> lines = new ArrayList<>();
      lines.add(columns);
      rows.forEachRemaining(
          row ->
              lines.add(
                  IntStream.range(0, columns.length)
                      .mapToObj(i -> rounded(row.get(i)))
                      .toArray(String[]::new)));
      int[] widths =
          IntStream.range(0, columns.length)
              .map(i -> lines.stream().mapToInt(line -> line[i].length()).max().orElse(0))
              .toArray();
      for (String[] line : lines) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < line.length; i++) {
          text.append(line[i]).append(" ".repeat(widths[i] - line[i].length() + 2));
        }

        out.println(text.toString().stripTrailing());
      }

      out.printf("(%,d rows)%n", lines.size() - 1);
    }
  },

  /** RFC 4180 with a header; numbers unrounded. */
  csv {
    @Override
    public void print(String[] columns, Iterator<Row> rows, PrintWriter out) throws IOException {
      CSVFormat format = CSVFormat.RFC4180.builder().setRecordSeparator("\n").build();
      CSVPrinter printer = new CSVPrinter(out, format);
      printer.printRecord((Object[]) columns);
      while (rows.hasNext()) {
        Row row = rows.next();
        printer.printRecord(
            IntStream.range(0, columns.length).mapToObj(i -> plain(row.get(i))).toList());
      }

      printer.flush();
    }
  },

  /** One object per line; numbers unrounded. */
  json {
    @Override
    public void print(String[] columns, Iterator<Row> rows, PrintWriter out) throws IOException {
      JsonGenerator json = new JsonFactory().createGenerator(out);
      json.setRootValueSeparator(null);
      while (rows.hasNext()) {
        Row row = rows.next();
        json.writeStartObject();
        for (int i = 0; i < columns.length; i++) {
          write(columns[i], row.get(i), json);
        }

        json.writeEndObject();
        json.writeRaw('\n');
      }

      json.flush();
    }
  };

  /** Prints all rows; each has a value for each column, in order. */
  public abstract void print(String[] columns, Iterator<Row> rows, PrintWriter out)
      throws IOException;

  private static void write(String name, Object value, JsonGenerator json) throws IOException {
    if (value == null) {
      return;
    }

    json.writeFieldName(name);
    if (value instanceof Long number) {
      json.writeNumber(number);
    } else if (value instanceof Integer number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof BigDecimal number) {
      json.writeNumber(number);
    } else {
      json.writeString(plain(value));
    }
  }

  private static String rounded(Object value) {
    if (value instanceof Double number && Double.isFinite(number)) {
      return new BigDecimal(number).setScale(3, RoundingMode.HALF_UP).toPlainString();
    }

    return plain(value);
  }

  private static String plain(Object value) {
    if (value instanceof BigDecimal number) {
      return number.toPlainString();
    }

    return value == null ? "" : value.toString();
  }
}
