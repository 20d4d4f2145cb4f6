package serving.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.lake.Lake;
import common.metrics.View;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import testing.MeasuredViews;
import testing.TestLake;

/**
 * Runs the generated T-SQL on H2 in SQL Server mode with a table in place of each OPENROWSET, and
 * checks the OPENROWSET calls, which H2 does not support, against the schemas that the jobs write.
 */
public class TSqlTest {
  private static final List<Dialect.Name> SYNAPSE =
      List.of(Dialect.Name.synapse, Dialect.Name.synapse_cosmos);

  private final TestLake lake = new TestLake(Path.of("target/no-lake"));
  private final View view = lake.view("device_metrics");
  private Connection h2;

  @BeforeEach
  void open() throws SQLException {
    h2 =
        DriverManager.getConnection(
            "jdbc:h2:mem:;MODE=MSSQLServer;DATABASE_TO_UPPER=FALSE;CASE_INSENSITIVE_IDENTIFIERS=TRUE;TIME ZONE=UTC");
    execute("CREATE SCHEMA dbo");
    execute(
        "CREATE TABLE boundary ([view] VARCHAR, [boundary] TIMESTAMP(6), published_at TIMESTAMP(6), previous_boundary TIMESTAMP(6))");
    execute("CREATE TABLE batch (" + columns("TIMESTAMP(6)", "DATE") + ")");
    execute("CREATE TABLE speed_delta (" + columns("TIMESTAMP(6)", "DATE") + ")");
    execute("CREATE TABLE speed_cosmos (" + columns("VARCHAR", "VARCHAR") + ")");
    execute(
        "INSERT INTO boundary VALUES ('other_view', '2030-01-01 00:00:00', '2020-01-01 00:00:00', NULL)");
    execute("CREATE ALIAS SYSUTCDATETIME FOR 'serving.sql.TSqlTest.utcNow'");
  }

  /** Implements T-SQL's SYSUTCDATETIME. */
  public static java.time.LocalDateTime utcNow() {
    return java.time.LocalDateTime.now(java.time.Clock.systemUTC());
  }

  @AfterEach
  void close() throws SQLException {
    h2.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"synapse", "synapse_cosmos"})
  void theLevelOfARowIsServed(Dialect.Name dialect) throws SQLException {
    boundary("10:02", "2026-02-01 00:00:00", "10:00");
    batch("a", "10:01", 1);
    speed("a", "10:02", 2);
    execute("UPDATE batch SET alert_level = 'HIGH_TEMP'");
    execute("UPDATE speed_delta SET alert_level = 'LOW_TEMP'");
    execute("UPDATE speed_cosmos SET alert_level = 'LOW_TEMP'");
    assertThat(answer(dialect)).hasSize(2);

    List<String> levels = new ArrayList<>();
    try (Statement statement = h2.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT alert_level, source FROM dbo.device_metrics ORDER BY window_start")) {
      while (result.next()) {
        levels.add(result.getString(1) + " " + result.getString(2));
      }
    }

    assertThat(levels).containsExactly("HIGH_TEMP batch", "LOW_TEMP speed");
  }

  @ParameterizedTest
  @EnumSource(names = {"synapse", "synapse_cosmos"})
  void batchAnswersBeforeTheBoundaryAndSpeedFromItOn(Dialect.Name dialect) throws SQLException {
    boundary("10:02", "2026-02-01 00:00:00", "10:00");
    for (String device : List.of("a", "b")) {
      batch(device, "10:00", 1);
      batch(device, "10:01", 2);
      batch(device, "10:02", 100);
      speed(device, "10:01", 200);
      speed(device, "10:02", 4);
      speed(device, "10:03", 8);
    }

    assertThat(answer(dialect))
        .containsExactly(
            "a 10:00 1 batch",
            "a 10:01 2 batch",
            "a 10:02 4 speed",
            "a 10:03 8 speed",
            "b 10:00 1 batch",
            "b 10:01 2 batch",
            "b 10:02 4 speed",
            "b 10:03 8 speed");
  }

  @ParameterizedTest
  @EnumSource(names = {"synapse", "synapse_cosmos"})
  void aBatchRowBehindTheBoundaryShowsWhereSpeedHasNone(Dialect.Name dialect) throws SQLException {
    boundary("10:01", "2026-02-01 00:00:00", "10:00");
    batch("a", "10:00", 1);
    batch("a", "10:01", 2);
    batch("b", "10:01", 4);
    speed("b", "10:01", 5);
    speed("b", "10:02", 8);

    assertThat(answer(dialect))
        .containsExactly(
            "a 10:00 1 batch", "a 10:01 2 batch", "b 10:01 5 speed", "b 10:02 8 speed");
  }

  @ParameterizedTest
  @EnumSource(names = {"synapse", "synapse_cosmos"})
  void aBoundaryThatMovedForwardCountsOnceItHasSettled(Dialect.Name dialect) throws SQLException {
    for (String time : List.of("10:00", "10:01", "10:02")) {
      batch("a", time, 1);
      speed("a", time, 2);
    }

    boundary("10:02", utcNow().minusSeconds(10).toString(), "10:01");
    assertThat(answer(dialect))
        .containsExactly("a 10:00 1 batch", "a 10:01 2 speed", "a 10:02 2 speed");
    boundary("10:02", utcNow().minusSeconds(60).toString(), "10:01");
    assertThat(answer(dialect))
        .containsExactly("a 10:00 1 batch", "a 10:01 1 batch", "a 10:02 2 speed");
    boundary("10:02", utcNow().toString(), null);
    assertThat(answer(dialect))
        .containsExactly("a 10:00 2 speed", "a 10:01 2 speed", "a 10:02 2 speed");
  }

  @ParameterizedTest
  @EnumSource(names = {"synapse", "synapse_cosmos"})
  void aBoundaryThatMovedBackCountsAtOnce(Dialect.Name dialect) throws SQLException {
    batch("a", "10:00", 1);
    batch("a", "10:01", 1);
    speed("a", "10:01", 2);
    boundary("10:01", utcNow().toString(), "10:02");

    assertThat(answer(dialect)).containsExactly("a 10:00 1 batch", "a 10:01 2 speed");
  }

  @ParameterizedTest
  @EnumSource(names = {"synapse", "synapse_cosmos"})
  void withoutABoundaryNothingIsHidden(Dialect.Name dialect) throws SQLException {
    batch("a", "10:00", 1);
    batch("a", "10:01", 2);
    speed("a", "10:01", 4);
    speed("a", "10:02", 8);

    assertThat(answer(dialect))
        .containsExactly("a 10:00 1 batch", "a 10:01 4 speed", "a 10:02 8 speed");
  }

  @Test
  void everyDeclaredColumnIsOneThatTheJobsWrite() {
    for (View each : lake.settings().views().all()) {
      StructType written = lake.lake().batchView(each).schema();
      for (Dialect.Name dialect : SYNAPSE) {
        for (OpenRowset call : OpenRowset.in(script(each, dialect))) {
          boolean cosmos = "CosmosDB".equals(call.arguments().get("PROVIDER"));
          boolean boundaries = "serving/boundary".equals(call.arguments().get("BULK"));
          StructType schema = boundaries ? Lake.BOUNDARY : written;
          call.columns().forEach((name, column) -> assertFits(schema.apply(name), column, cosmos));
          assertThat(call.columns().keySet())
              .containsAll(boundaries ? List.of("view", "boundary") : each.measureNames());
        }
      }
    }
  }

  @Test
  void partsOfMeasuresAreDeclaredAsTheJobsWriteThem() {
    StructType written = lake.lake().batchView(view).schema();
    String script =
        UnifiedView.withParts(
                view,
                written,
                Dialect.Name.powerbi.over(lake.lake(), lake.settings()),
                lake.settings().serving().settle(),
                List.of("avg_temperature__sum", "avg_temperature__count"))
            .create("with_parts");

    assertThat(script).startsWith("CREATE OR ALTER VIEW [dbo].[with_parts] AS");
    assertThat(
            OpenRowset.in(script).stream()
                .filter(call -> !"serving/boundary".equals(call.arguments().get("BULK"))))
        .hasSize(3)
        .allSatisfy(
            call -> {
              assertThat(call.columns())
                  .containsKeys("avg_temperature__sum", "avg_temperature__count")
                  .hasSize(view.served().size() + 2);
              call.columns()
                  .forEach((name, column) -> assertFits(written.apply(name), column, false));
            });
  }

  @Test
  void everyCallNamesItsFolderOrContainer() {
    assertThat(OpenRowset.in(script(view, Dialect.Name.synapse)))
        .extracting(OpenRowset::arguments)
        .containsOnly(
            Map.of("BULK", "batch/device_metrics", "DATA_SOURCE", "lake", "FORMAT", "DELTA"),
            Map.of("BULK", "speed/device_metrics", "DATA_SOURCE", "lake", "FORMAT", "DELTA"),
            Map.of("BULK", "serving/boundary", "DATA_SOURCE", "lake", "FORMAT", "DELTA"));
    assertThat(OpenRowset.in(script(view, Dialect.Name.synapse_cosmos)))
        .extracting(OpenRowset::arguments)
        .contains(
            Map.of(
                "PROVIDER", "CosmosDB",
                "CONNECTION", "Account=cosmos-account;Database=analytics",
                "OBJECT", "device_metrics",
                "SERVER_CREDENTIAL", "cosmos-credential"));
  }

  @Test
  void theStrictReaderRefusesWhatItDoesNotKnow() {
    assertThatThrownBy(() -> OpenRowset.in("OPENROWSET(BULC 'x') WITH ([a] INT)"))
        .hasMessageContaining("BULC");
    assertThatThrownBy(() -> OpenRowset.in("OPENROWSET(BULK 'x') WITH ([a] INT NULLS)"))
        .hasMessageContaining("NULLS");
    assertThatThrownBy(() -> OpenRowset.in("OPENROWSET(BULK 'x') AS t"))
        .hasMessageContaining("0 of 1");
  }

  @Test
  void aDedicatedPoolTakesTheRowsAndRollsUpWhatCanBeRolledUp() throws SQLException {
    String script = dedicated(view, "abfss://lake@account.dfs.core.windows.net/root");
    assertThat(script)
        .contains(
            "LOCATION = 'export/device_metrics/$(EXPORT)', DATA_SOURCE = [lake]",
            "FROM 'https://account.dfs.core.windows.net/lake/root/export/device_metrics/$(EXPORT)/*.parquet'",
            "WITH (DISTRIBUTION = HASH([device_id]), FOR_APPEND)");

    for (String statement : statements(script)) {
      onPool(
          statement,
          """
          ('a', '2026-01-31', 2, 10, 30, 1.5), ('a', '2026-01-31', 3, 5, 20, 2.5),
          ('a', '2026-02-01', 7, 1, 2, NULL), ('b', '2026-01-31', 1, 8, 8, 1)""");
    }

    assertThat(
            rows(
                "SELECT device_id, event_date, windows, event_count, min_temperature, max_temperature, total_energy"
                    + " FROM dbo.device_metrics_by_date ORDER BY device_id, event_date"))
        .containsExactly(
            "a 2026-01-31 2 5 5.0 30.0 4",
            "a 2026-02-01 1 7 1.0 2.0 null",
            "b 2026-01-31 1 1 8.0 8.0 1");
    assertThat(script.substring(script.indexOf("MATERIALIZED")))
        .doesNotContain("avg_temperature", "stddev_temperature", "unique_users");
  }

  @Test
  void whereWindowsOverlapNothingIsAddedUp() {
    String script =
        dedicated(
            MeasuredViews.of(MeasuredViews.HOPPING), "abfss://lake@account.dfs.core.windows.net");

    assertThat(script.substring(script.indexOf("MATERIALIZED")))
        .contains("MIN([lowest])", "MAX([any_hot])")
        .doesNotContain("SUM(");
  }

  @Test
  void aLoadReplacesTheRowsOfTheLastOneAndTheTableIsThereAtEveryMoment() throws SQLException {
    String script = dedicated(view, "abfss://lake@account.dfs.core.windows.net/root");
    for (String statement : statements(script)) {
      onPool(statement, "('a', '2026-01-31', 1, 0, 0, 0)");
    }

    List<String> seen = new ArrayList<>();
    for (String statement : statements(script)) {
      onPool(statement, "('a', '2026-01-31', 2, 0, 0, 0), ('b', '2026-01-31', 3, 0, 0, 0)");
      List<String> now = rows("SELECT event_count FROM dbo.device_metrics ORDER BY event_count");
      seen.add(String.join(" ", now));
    }

    assertThat(seen.stream().distinct()).containsExactly("1", "2 3");
    assertThat(rows("SELECT event_count FROM dbo.device_metrics_by_date ORDER BY event_count"))
        .containsExactly("2", "3");
    assertThat(
            rows(
                "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE '%loading'"))
        .as("no staging table is left")
        .isEmpty();
  }

  /**
   * The pool rejects a switch between different tables, and a switch of a table that a view refers
   * to.
   */
  @Test
  void theSwitchIsBetweenTablesOfOneDefinitionAndWithoutARollUp() {
    String script = dedicated(view, "abfss://lake@account.dfs.core.windows.net/root");
    List<String> tables =
        Pattern.compile("(?s)CREATE TABLE (\\S+) (.*?);\n")
            .matcher(script)
            .results()
            .map(match -> match.group(2))
            .toList();

    assertThat(tables).hasSize(2);
    assertThat(tables.get(1))
        .isEqualTo(tables.get(0))
        .endsWith("WITH (DISTRIBUTION = HASH([device_id]), CLUSTERED COLUMNSTORE INDEX)");
    assertThat(script.substring(0, script.indexOf(" SWITCH TO ")))
        .contains("DROP VIEW [dbo].[device_metrics_by_date]")
        .doesNotContain("CREATE MATERIALIZED VIEW");
  }

  private static List<String> statements(String script) {
    return Stream.of(script.split("\nGO\n", -1))
        .map(statement -> statement.replaceAll("(?m)^(--|:).*\n", "").strip())
        .filter(statement -> !statement.isEmpty())
        .toList();
  }

  /**
   * Runs a statement as the dedicated pool does, as far as H2 can.
   *
   * @param exported rows that COPY INTO loads
   */
  private void onPool(String statement, String exported) throws SQLException {
    String sql =
        statement
            .replaceAll("\\s*WITH \\(DISTRIBUTION.*\\)", "")
            .replaceAll(" COLLATE \\w+", "")
            .replaceFirst(
                "^IF OBJECT_ID\\(.*\\) IS NULL\\s+CREATE TABLE", "CREATE TABLE IF NOT EXISTS")
            .replaceFirst("^IF OBJECT_ID\\(.*\\) IS NOT NULL DROP (\\w+)", "DROP $1 IF EXISTS");
    Matcher switched =
        Pattern.compile("ALTER TABLE (\\S+) SWITCH TO (\\S+) WITH \\(TRUNCATE_TARGET = ON\\);")
            .matcher(sql);
    if (switched.matches()) {
      String source = switched.group(1);
      String target = switched.group(2);
      h2.setAutoCommit(false);
      execute("DELETE FROM " + target);
      execute("INSERT INTO %s SELECT * FROM %s".formatted(target, source));
      execute("DELETE FROM " + source);
      h2.setAutoCommit(true);
    } else if (sql.startsWith("COPY INTO")) {
      String loading = sql.lines().findFirst().orElseThrow().replace("COPY INTO ", "");
      execute(
          "INSERT INTO %s (device_id, event_date, event_count, min_temperature, max_temperature, total_energy) VALUES %s"
              .formatted(loading, exported));
    } else if (sql.matches("(?s)(CREATE TABLE|DROP (TABLE|VIEW) IF EXISTS) .*")) {
      execute(sql);
    } else if (sql.startsWith("CREATE MATERIALIZED VIEW")) {
      execute(sql.replace("MATERIALIZED ", "").replace("COUNT_BIG", "COUNT"));
    } else {
      assertThat(sql)
          .matches("(?s)(IF SCHEMA_ID|IF NOT EXISTS|CREATE EXTERNAL|DROP EXTERNAL|UPDATE STAT).*");
    }
  }

  @Test
  void theLoadedTableHasTheColumnsOfTheUnifiedView() {
    for (View each : lake.settings().views().all()) {
      String script = dedicated(each, "abfss://lake@account.dfs.core.windows.net");
      int start = script.indexOf("CREATE TABLE");
      String table = script.substring(start, script.indexOf(";", start));
      assertThat(Pattern.compile("(?m)^  \\[(\\w+)] [A-Z]").matcher(table).results())
          .extracting(match -> match.group(1))
          .containsExactlyElementsOf(
              Stream.concat(each.served().stream(), Stream.of(View.SOURCE)).toList());
    }
  }

  @Test
  void theSetupNamesTheLakeAndLeavesTheKeyToTheOneWhoRunsIt() {
    SynapseSetup setup =
        new SynapseSetup(
            lake.settings().serving().synapse(), "abfss://lake@account.dfs.core.windows.net/root");

    assertThat(setup.lake())
        .contains(
            "USE [$(DATABASE)]",
            "ALTER DATABASE CURRENT COLLATE Latin1_General_100_BIN2_UTF8",
            "WITH IDENTITY = 'Managed Identity'",
            "CREATE EXTERNAL DATA SOURCE [lake] WITH (LOCATION = 'https://account.dfs.core.windows.net/lake/root', CREDENTIAL = [lake])")
        .doesNotContain("SECRET");
    assertThat(setup.lakeAndCosmos())
        .contains(
            "USE [master]", "CREATE CREDENTIAL [cosmos-credential]", "SECRET = '$(COSMOS_KEY)'")
        .endsWith(setup.lake());
    assertThatThrownBy(() -> SynapseSetup.httpsRoot("/data/lake"))
        .hasMessageContaining("lake.root is /data/lake");
  }

  private String dedicated(View each, String root) {
    return new DedicatedPool(
            each, lake.lake().batchView(each).schema(), lake.settings().serving().synapse(), root)
        .script();
  }

  private static void assertFits(StructField written, OpenRowset.Column column, boolean cosmos) {
    String type = written.dataType().simpleString();
    boolean iso = cosmos && List.of("timestamp", "date").contains(type);
    Map<String, String> expected =
        Map.of(
            "string", "VARCHAR(512)",
            "timestamp", "DATETIME2(6)",
            "date", "DATE",
            "double", "FLOAT",
            "bigint", "BIGINT",
            "decimal(28,4)", "DECIMAL(28, 4)");
    assertThat(column.type())
        .as(written.name())
        .isEqualTo(iso ? "VARCHAR(32)" : expected.get(type));
    boolean text = column.type().startsWith("VARCHAR");
    assertThat(column.collation())
        .as(written.name())
        .isEqualTo(text ? "Latin1_General_100_BIN2_UTF8" : null);
    assertThat(column.path()).as(written.name()).isEqualTo(cosmos ? "$." + written.name() : null);
  }

  private String script(View each, Dialect.Name dialect) {
    return new UnifiedView(
            each,
            lake.lake().batchView(each).schema(),
            dialect.over(lake.lake(), lake.settings()),
            lake.settings().serving().settle())
        .create();
  }

  /** Rows of the created view, formatted as DEVICE TIME COUNT SOURCE. */
  private List<String> answer(Dialect.Name dialect) throws SQLException {
    String script =
        OpenRowset.replace(
                script(view, dialect),
                call -> {
                  String object = call.arguments().getOrDefault("BULK", "cosmos");
                  return switch (object) {
                    case "batch/device_metrics" -> "batch";
                    case "speed/device_metrics" -> "speed_delta";
                    case "serving/boundary" -> "boundary";
                    case "cosmos" -> "speed_cosmos";
                    default -> throw new IllegalArgumentException(object);
                  };
                })
            .replace("CREATE OR ALTER", "CREATE OR REPLACE");
    execute(script);

    List<String> rows = new ArrayList<>();
    try (Statement statement = h2.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT * FROM dbo.device_metrics ORDER BY device_id, window_start")) {
      while (result.next()) {
        rows.add(
            "%s %s %d %s"
                .formatted(
                    result.getString("device_id"),
                    result.getTimestamp("window_start").toLocalDateTime().toLocalTime(),
                    result.getLong("event_count"),
                    result.getString("source")));
      }
    }

    return rows;
  }

  private List<String> rows(String query) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = h2.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getString(i));
        }

        rows.add(String.join(" ", row));
      }
    }

    return rows;
  }

  private void boundary(String time, String publishedAt, String previous) throws SQLException {
    String before = previous == null ? "NULL" : "'2026-01-31 " + previous + ":00'";
    execute("DELETE FROM boundary WHERE [view] = 'device_metrics'");
    execute(
        "INSERT INTO boundary VALUES ('device_metrics', '2026-01-31 %s:00', '%s', %s)"
            .formatted(time, publishedAt.replace('T', ' '), before));
  }

  private void batch(String device, String time, long count) throws SQLException {
    execute(insert("batch", device, "2026-01-31 " + time + ":00", count));
  }

  private void speed(String device, String time, long count) throws SQLException {
    execute(insert("speed_delta", device, "2026-01-31 " + time + ":00", count));
    execute(insert("speed_cosmos", device, "2026-01-31T" + time + ":00Z", count));
  }

  private static String insert(String table, String device, String start, long count) {
    return "INSERT INTO %s (device_id, event_date, window_start, event_count) VALUES ('%s', '%s', '%s', %d)"
        .formatted(table, device, start.substring(0, "2026-01-31".length()), start, count);
  }

  private String columns(String timestamp, String date) {
    return Arrays.stream(lake.lake().batchView(view).schema().fields())
        .filter(field -> !field.dataType().simpleString().equals("binary"))
        .map(
            field ->
                "[%s] %s"
                    .formatted(
                        field.name(),
                        switch (field.dataType().simpleString()) {
                          case "string" -> "VARCHAR";
                          case "timestamp" -> timestamp;
                          case "date" -> date;
                          case "bigint" -> "BIGINT";
                          case "double" -> "DOUBLE PRECISION";
                          default -> throw new IllegalArgumentException(field.toString());
                        }))
        .collect(Collectors.joining(", "));
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = h2.createStatement()) {
      statement.execute(sql);
    }
  }
}
