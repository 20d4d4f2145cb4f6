package batch.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import common.ErrorCode;
import common.Failure;
import common.event.WireField;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;

/**
 * Converts a line of CSV (RFC 4180) to a wire event: each column becomes a field of that name, an
 * empty cell is omitted, and a cell of a numeric field becomes a number if its text is numeric. A
 * cell cannot span lines.
 */
final class CsvToJson {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
  private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");
  private static final List<String> REQUIRED =
      List.of(WireField.DEVICE_ID.wireName(), WireField.EVENT_TIMESTAMP.wireName());

  private final List<String> header;

  private CsvToJson(List<String> header) {
    this.header = header;
  }

  /**
   * Reads the column names.
   *
   * @throws Failure when the header lacks a required column or names a column twice
   */
  static CsvToJson withHeader(byte[] line, String file) {
    List<String> header;
    try {
      header = cells(line).stream().map(String::strip).toList();
    } catch (MalformedLine malformed) {
      throw new Failure(
          ErrorCode.INPUT_INVALID,
          file + ": the CSV header cannot be read: " + malformed.getMessage());
    }

    if (!header.containsAll(REQUIRED)) {
      throw new Failure(
          ErrorCode.INPUT_INVALID,
          "%s: the CSV header must name %s, found %s".formatted(file, REQUIRED, header));
    }

    if (new HashSet<>(header).size() < header.size()) {
      throw new Failure(
          ErrorCode.INPUT_INVALID,
          "%s: the CSV header names a column twice: %s".formatted(file, header));
    }

    return new CsvToJson(header);
  }

  /** The line as a JSON object in UTF-8. */
  byte[] convert(byte[] line) throws MalformedLine {
    List<String> cells = cells(line);
    if (cells.size() != header.size()) {
      throw new MalformedLine("expected %d cells, found %d".formatted(header.size(), cells.size()));
    }

    ByteArrayOutputStream bytes = new ByteArrayOutputStream(line.length * 2);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      for (int i = 0; i < cells.size(); i++) {
        if (!cells.get(i).isEmpty()) {
          json.writeFieldName(header.get(i));
          write(cells.get(i), WireField.named(header.get(i)), json);
        }
      }

      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }

    return bytes.toByteArray();
  }

  private static void write(String cell, Optional<WireField> field, JsonGenerator json)
      throws IOException {
    String text = cell.strip();
    boolean numeric = field.map(WireField::isNumeric).orElse(false);
    if (!numeric) {
      json.writeString(cell);
    } else if (NUMBER.matcher(text).matches()) {
      json.writeNumber(plain(text));
    } else if (NOT_FINITE.contains(text)) {
      json.writeNumber(Double.parseDouble(text));
    } else {
      json.writeString(cell);
    }
  }

  /** Rewrites a number for JSON: no leading plus, and digits on both sides of a decimal point. */
  private static String plain(String number) {
    String unsigned = number.startsWith("+") ? number.substring(1) : number;
    return unsigned.replaceFirst("^(-?)\\.", "$10.").replaceFirst("\\.(?!\\d)", "");
  }

  private static List<String> cells(byte[] line) throws MalformedLine {
    try (CSVParser parser = CSVParser.parse(utf8(line), CSVFormat.RFC4180)) {
      return parser.iterator().next().toList();
    } catch (CharacterCodingException notText) {
      throw new MalformedLine("the line is not UTF-8");
    } catch (IOException | UncheckedIOException malformed) {
      throw new MalformedLine("not a valid CSV line: its quotes are not balanced");
    }
  }

  private static String utf8(byte[] line) throws CharacterCodingException {
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
  }

  /** The line cannot be parsed or does not match the header; the message becomes the detail. */
  static final class MalformedLine extends Exception {
    MalformedLine(String message) {
      super(message);
    }
  }
}
