package common.lake;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructType;

/**
 * What the log of a Delta table says of it as of one commit.
 *
 * @param version number of that commit
 * @param id differs when a table was deleted and another created in its place
 * @param schema columns with their types
 * @param properties table properties, Delta's own and the application's
 * @param minReaderVersion version of Delta's protocol that a reader must know
 */
public record TableState(
    long version,
    String id,
    StructType schema,
    Map<String, String> properties,
    int minReaderVersion) {

  public TableState {
    properties = Map.copyOf(properties);
  }

  public Optional<String> property(String name) {
    return Optional.ofNullable(properties.get(name));
  }

  /** Differs when the table was recreated or emptied: what a stream has written is not in it. */
  public String incarnation() {
    return property(TableDefinition.INCARNATION).orElse(id);
  }

  List<String> columns() {
    return List.of(schema.fieldNames());
  }
}
