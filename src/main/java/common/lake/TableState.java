package common.lake;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructType;

/**
 * The state of a Delta table as of one commit, from its log.
 *
 * @param version number of that commit
 * @param id changes when the table is deleted and recreated
 * @param schema columns with their types
 * @param properties table properties, Delta's own and the application's
 * @param minReaderVersion version of the Delta protocol that a reader must support
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

  /**
   * An identifier that changes when the table is recreated or redefined, after which the table no
   * longer contains the rows that a stream has written.
   */
  public String incarnation() {
    return property(TableDefinition.INCARNATION).orElse(id);
  }

  List<String> columns() {
    return List.of(schema.fieldNames());
  }
}
