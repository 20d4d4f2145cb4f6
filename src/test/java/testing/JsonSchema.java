package testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * Validates JSON against a schema that uses only the keywords of JSON Schema below; any other
 * keyword is an error, so that none is ignored.
 */
public final class JsonSchema {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Set<String> KEYWORDS =
      Set.of(
          "$comment",
          "type",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "enum",
          "const",
          "pattern",
          "maxLength");

  private final JsonNode schema;

  private JsonSchema(JsonNode schema) {
    this.schema = schema;
  }

  /** The schema in a resource of the tests. */
  public static JsonSchema resource(String name) throws IOException {
    try (InputStream stream = JsonSchema.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IOException("No resource " + name);
      }

      return new JsonSchema(MAPPER.readTree(stream));
    }
  }

  /** Where and how a document violates the schema; empty if it is valid. */
  public List<String> violations(String json) throws IOException {
    List<String> found = new ArrayList<>();
    check(schema, MAPPER.readTree(json), "$", found);
    return found;
  }

  private static void check(JsonNode schema, JsonNode value, String path, List<String> found) {
    for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
      JsonNode rule = keyword.getValue();
      boolean valid =
          switch (keyword.getKey()) {
            case "$comment" -> true;
            case "type" -> isOf(rule.asText(), value);
            case "enum" -> StreamSupport.stream(rule.spliterator(), false).anyMatch(value::equals);
            case "const" -> rule.equals(value);
            case "pattern" -> Pattern.compile(rule.asText()).matcher(value.asText()).find();
            case "maxLength" -> value.asText().length() <= rule.asInt();
            case "required" ->
                StreamSupport.stream(rule.spliterator(), false)
                    .allMatch(name -> value.has(name.asText()));
            case "additionalProperties" ->
                rule.asBoolean()
                    || value.properties().stream()
                        .allMatch(property -> schema.path("properties").has(property.getKey()));
            case "properties" -> {
              for (Map.Entry<String, JsonNode> property : rule.properties()) {
                if (value.has(property.getKey())) {
                  String name = property.getKey();
                  check(property.getValue(), value.get(name), path + "." + name, found);
                }
              }

              yield true;
            }
            case "items" -> {
              for (int i = 0; i < value.size(); i++) {
                check(rule, value.get(i), "%s[%d]".formatted(path, i), found);
              }

              yield true;
            }
            default ->
                throw new IllegalArgumentException(
                    "Unknown keyword %s: expected one of %s".formatted(keyword.getKey(), KEYWORDS));
          };
      if (!valid) {
        found.add("%s: %s %s".formatted(path, keyword.getKey(), rule));
      }
    }
  }

  private static boolean isOf(String type, JsonNode value) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      default -> throw new IllegalArgumentException("Unknown type " + type);
    };
  }
}
