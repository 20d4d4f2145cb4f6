package serving.sql;

import static java.util.stream.Collectors.joining;
import static serving.sql.SynapseDialect.UTF8_COLLATION;
import static serving.sql.SynapseDialect.bracketed;
import static serving.sql.SynapseDialect.literal;

import common.metrics.Measure;
import common.metrics.RollUp;
import common.metrics.View;
import common.settings.SynapseSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructType;

/**
 * T-SQL that loads the unified view into a dedicated pool: a serverless pool exports it in one
 * statement, the dedicated pool loads the files into a staging table and switches its rows into the
 * table that is queried, and a materialised view rolls them up to one row per key and day. A
 * materialised view can read only tables in the same pool and must aggregate; with MIN or MAX it is
 * disabled by any change other than an insert.
 *
 * <p>The switch is one metadata-only statement: readers see the rows of either the previous or the
 * current load, and the table always exists. Because a table cannot be switched while a
 * materialised view refers to it, the roll-up is dropped beforehand and recreated afterwards.
 *
 * <p>Source: Azure documentation, "CREATE MATERIALIZED VIEW AS SELECT" (SWITCH and MIN/MAX), "ALTER
 * TABLE" (TRUNCATE_TARGET), "COPY INTO".
 */
public final class DedicatedPool {
  /** Roll-up column with the number of windows per row. */
  private static final String WINDOWS = "windows";

  private final View view;
  private final StructType schema;
  private final SynapseSettings names;
  private final String lakeRoot;

  public DedicatedPool(View view, StructType schema, SynapseSettings names, String lakeRoot) {
    this.view = view;
    this.schema = schema;
    this.names = names;
    this.lakeRoot = lakeRoot;
  }

  /** The script for sqlcmd, whose variable EXPORT must name a folder that does not exist yet. */
  public String script() {
    return export() + load() + rollUp();
  }

  private String export() {
    String table = object(view.name() + "_export");
    return """
        -- 1. In the serverless database that has the unified view: export its rows as files.
        :on error exit
        IF NOT EXISTS (SELECT 1 FROM sys.external_file_formats WHERE name = 'parquet')
          CREATE EXTERNAL FILE FORMAT [parquet] WITH (FORMAT_TYPE = PARQUET);
        GO
        CREATE EXTERNAL TABLE %s
        WITH (LOCATION = %s, DATA_SOURCE = %s, FILE_FORMAT = [parquet])
        AS SELECT * FROM %s;
        GO
        DROP EXTERNAL TABLE %s;
        GO
        """
        .formatted(
            table, literal(folder()), bracketed(names.dataSource()), object(view.name()), table);
  }

  private String load() {
    String table = object(view.name());
    String loading = object(view.name() + "_loading");
    return """
        -- 2. In the dedicated pool: load the files into a staging table, which then replaces the rows of the previous load.
        :on error exit
        IF SCHEMA_ID(%s) IS NULL EXEC(%s);
        GO
        """
            .formatted(
                literal(names.schema()), literal("CREATE SCHEMA " + bracketed(names.schema())))
        + dropped("TABLE", loading)
        + definition(loading)
        + """
        COPY INTO %s
        FROM %s
        WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));
        GO
        """
            .formatted(
                loading, literal(SynapseSetup.httpsRoot(lakeRoot) + "/" + folder() + "/*.parquet"))
        + "IF OBJECT_ID(%s) IS NULL\n".formatted(literal(table))
        + definition(table)
        + """
        -- A table that a materialised view refers to cannot be switched: queries of the roll-up fail until part 3 is
        -- done, while queries of the table work throughout.
        """
        + dropped("VIEW", object(daily()))
        + """
        -- Fails if the columns of the view have changed, leaving the table unchanged and without a roll-up: drop the table first.
        ALTER TABLE %1$s SWITCH TO %2$s WITH (TRUNCATE_TARGET = ON);
        GO
        UPDATE STATISTICS %2$s;
        GO
        """
            .formatted(loading, table)
        + dropped("TABLE", loading);
  }

  /** Shared by both tables: SWITCH requires identical definitions. */
  private String definition(String table) {
    return """
        CREATE TABLE %s (
        %s
        )
        WITH (DISTRIBUTION = HASH(%s), CLUSTERED COLUMNSTORE INDEX);
        GO
        """
        .formatted(table, columns(), bracketed(view.keys().get(0)));
  }

  private static String dropped(String kind, String object) {
    return """
        IF OBJECT_ID(%s) IS NOT NULL DROP %s %s;
        GO
        """
        .formatted(literal(object), kind, object);
  }

  private String rollUp() {
    List<String> keys =
        Stream.concat(view.keys().stream(), Stream.of(View.EVENT_DATE))
            .map(SynapseDialect::bracketed)
            .toList();
    List<String> selected = new ArrayList<>(keys);
    if (!view.measureNames().contains(WINDOWS)) {
      selected.add("COUNT_BIG(*) AS " + bracketed(WINDOWS));
    }

    view.measures().forEach(measure -> aggregate(measure).ifPresent(selected::add));
    return """
        -- 3. Also in the dedicated pool: a roll-up with one row per key and day.
        CREATE MATERIALIZED VIEW %s
        WITH (DISTRIBUTION = HASH(%s), FOR_APPEND)
        AS SELECT
          %s
        FROM %s
        GROUP BY %s;
        GO
        """
        .formatted(
            object(daily()),
            bracketed(view.keys().get(0)),
            String.join(",\n  ", selected),
            object(view.name()),
            String.join(", ", keys));
  }

  /**
   * Only for measures that can be rolled up from their results over all windows of a day; other
   * measures need data that only the lake has.
   */
  private Optional<String> aggregate(Measure measure) {
    RollUp rollUp = RollUp.of(measure);
    if (rollUp.rows(view.window()) != RollUp.Rows.ANY) {
      return Optional.empty();
    }

    return switch (rollUp) {
      case SUM, MIN, MAX ->
          Optional.of("%s(%2$s) AS %2$s".formatted(rollUp, bracketed(measure.name())));
      case MEAN, DEVIATION, DISTINCT, NONE -> Optional.empty();
    };
  }

  private String columns() {
    List<String> served = view.served();
    Stream<String> written =
        Arrays.stream(schema.fields())
            .filter(field -> served.contains(field.name()))
            .map(field -> bracketed(field.name()) + " " + SynapseDialect.type(field));
    String source = "%s VARCHAR(8) COLLATE %s".formatted(bracketed(View.SOURCE), UTF8_COLLATION);
    return Stream.concat(written, Stream.of(source))
        .map(column -> "  " + column)
        .collect(joining(",\n"));
  }

  private String folder() {
    return "export/%s/$(EXPORT)".formatted(view.name());
  }

  private String daily() {
    return view.name() + "_by_date";
  }

  private String object(String name) {
    return bracketed(names.schema()) + "." + bracketed(name);
  }
}
