package common.ops;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.StructField;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A run as the user metadata of a commit: one JSON object with the columns of {@link Run#SCHEMA},
 * except those without a value; times in UTC with microseconds.
 */
final class RunMetadata {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSXXX").withZone(ZoneOffset.UTC);

  private RunMetadata() {}

  static String of(Run run) {
    Row row = run.toRow();
    ObjectNode json = JSON.createObjectNode();
    for (StructField field : Run.SCHEMA.fields()) {
      int at = row.fieldIndex(field.name());
      if (!row.isNullAt(at)) {
        json.set(field.name(), json(row, at, field));
      }
    }

    return json.toString();
  }

  /** Empty for metadata that another application wrote. */
  static Optional<Run> parse(String metadata) {
    JsonNode json;
    try {
      json = JSON.readTree(metadata);
    } catch (JsonProcessingException notOurs) {
      return Optional.empty();
    }

    if (!json.hasNonNull("run_id")) {
      return Optional.empty();
    }

    Object[] values = new Object[Run.SCHEMA.length()];
    for (StructField field : Run.SCHEMA.fields()) {
      JsonNode value = json.get(field.name());
      values[Run.SCHEMA.fieldIndex(field.name())] =
          value == null || value.isNull() ? null : value(value, field);
    }

    return Optional.of(Run.of(new GenericRowWithSchema(values, Run.SCHEMA)));
  }

  private static JsonNode json(Row row, int at, StructField field) {
    return switch (field.dataType().typeName()) {
      case "string" -> JSON.getNodeFactory().textNode(row.getString(at));
      case "long" -> JSON.getNodeFactory().numberNode(row.getLong(at));
      case "timestamp" -> JSON.getNodeFactory().textNode(TIME.format(row.getInstant(at)));
      case "array" -> {
        ArrayNode dates = JSON.createArrayNode();
        row.<LocalDate>getList(at).forEach(date -> dates.add(date.toString()));
        yield dates;
      }
      case "map" -> {
        ObjectNode counts = JSON.createObjectNode();
        row.<String, Long>getJavaMap(at).forEach(counts::put);
        yield counts;
      }
      default -> throw unknown(field);
    };
  }

  private static Object value(JsonNode json, StructField field) {
    return switch (field.dataType().typeName()) {
      case "string" -> json.asText();
      case "long" -> json.asLong();
      case "timestamp" -> Instant.parse(json.asText());
      case "array" -> {
        List<LocalDate> dates = new ArrayList<>();
        json.forEach(date -> dates.add(LocalDate.parse(date.asText())));
        yield CollectionConverters.asScala(dates).toSeq();
      }
      case "map" -> {
        Map<String, Long> counts = new HashMap<>();
        json.fields()
            .forEachRemaining(count -> counts.put(count.getKey(), count.getValue().asLong()));
        yield CollectionConverters.asScala(counts);
      }
      default -> throw unknown(field);
    };
  }

  private static IllegalStateException unknown(StructField field) {
    return new IllegalStateException("No JSON form for column " + field.name());
  }
}
