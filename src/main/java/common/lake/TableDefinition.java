package common.lake;

import common.ErrorCode;
import common.Failure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns, partitioning and properties that a table of the lake must have. Determines which of
 * these an existing table lacks.
 *
 * @param columns names, in order
 * @param schema the columns with their types, which for views requires analysis by Spark
 * @param properties table properties
 */
record TableDefinition(
    List<String> columns,
    Supplier<StructType> schema,
    List<String> partitionColumns,
    Map<String, String> properties) {
  /** Table property that stores the definition under which a view's rows were computed. */
  static final String DEFINITION = "lambda.definition";

  static final String INCARNATION = "lambda.incarnation";

  /** The highest version that Synapse serverless reads. */
  static final int READER_VERSION = 1;

  /** Keeps every writer at that version, even one with different defaults. */
  private static final Map<String, String> READ_BY_ALL =
      Map.of(
          "delta.enableDeletionVectors", "false",
          "delta.columnMapping.mode", "none",
          "delta.checkpointPolicy", "classic");

  TableDefinition {
    Map<String, String> all = new TreeMap<>(READ_BY_ALL);
    all.putAll(properties);
    properties = Map.copyOf(all);
  }

  static TableDefinition of(
      StructType schema, List<String> partitionColumns, Map<String, String> properties) {
    return new TableDefinition(
        List.of(schema.fieldNames()), () -> schema, partitionColumns, properties);
  }

  /** The definition of the table's rows; empty for tables that do not belong to a view. */
  Optional<String> meaning() {
    return Optional.ofNullable(properties.get(DEFINITION));
  }

  /** The properties that the table lacks. */
  Map<String, String> missingProperties(TableState state) {
    Map<String, String> missing = new TreeMap<>(properties);
    missing.keySet().removeAll(state.properties().keySet());
    return missing;
  }

  /**
   * The columns that a table lacks because an earlier version of this application created it; none
   * for a table that belongs to a view.
   */
  List<StructField> missingColumns(TableState state) {
    List<String> stored = state.columns();
    boolean older =
        columns.size() > stored.size() && columns.subList(0, stored.size()).equals(stored);
    return older && meaning().isEmpty()
        ? List.of(schema.get().fields()).subList(stored.size(), columns.size())
        : List.of();
  }

  /** Whether the table holds rows of a definition other than its view's current one. */
  boolean differsInMeaning(TableState state) {
    return state
        .property(DEFINITION)
        .filter(stored -> !meaning().equals(Optional.of(stored)))
        .isPresent();
  }

  /**
   * Rejects a table that cannot be used as it is.
   *
   * @throws Failure when the table holds rows of another definition of its view, has columns other
   *     than those expected, or has a feature that Synapse serverless cannot read
   */
  void requireFit(String path, TableState state) {
    if (state.minReaderVersion() > READER_VERSION) {
      throw new Failure(
          ErrorCode.LAKE_TABLE_UNFIT,
          "Table %s requires Delta reader version %d, but Synapse serverless supports only %d: rewrite it without deletion vectors, column mapping and v2 checkpoints"
              .formatted(path, state.minReaderVersion(), READER_VERSION));
    }

    if (meaning().isPresent() && differsInMeaning(state)) {
      throw redefined(path, state.property(DEFINITION).orElseThrow());
    }

    if (!state.columns().equals(columns)) {
      throw new Failure(
          ErrorCode.LAKE_TABLE_UNFIT,
          "Table %s has columns %s, expected %s: another application created it; move it away"
              .formatted(path, state.columns(), columns));
    }
  }

  private Failure redefined(String path, String stored) {
    String view = path.substring(path.lastIndexOf('/') + 1);
    return new Failure(
        ErrorCode.VIEW_DEFINITION_CHANGED,
        "View %1$s has changed (%2$s); %3$s holds rows of the old definition: revert the change, or run batch --view %1$s --rebuild --reason \"...\""
            .formatted(view, difference(stored, meaning().orElseThrow()), path));
  }

  private static String difference(String stored, String expected) {
    List<String> before = stored.lines().toList();
    List<String> now = expected.lines().toList();
    String gone = lines(before, now);
    String come = lines(now, before);
    if (gone.isEmpty() && come.isEmpty()) {
      return "measures in a different order";
    }

    return "was [%s], is [%s]".formatted(gone, come);
  }

  private static String lines(List<String> of, List<String> without) {
    return of.stream().filter(line -> !without.contains(line)).collect(Collectors.joining("; "));
  }
}
