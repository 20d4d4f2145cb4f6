package serving.sql.powerbi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import common.metrics.Measure;
import common.metrics.View;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructField;
import serving.sql.MeasureDescription;

/**
 * The semantic model of a view, in TMDL: the table of its rows, a date table, and the measures.
 * Results of rows and parts of measures are hidden, so that reports use only the measures.
 *
 * @param columns the columns of the loaded SQL view, besides {@code source}
 * @param source the query that loads them
 */
record SemanticModel(View view, List<StructField> columns, String source) {

  /** The documents, by path in the definition's folder. */
  Map<String, String> files(String server, String database) {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("database.tmdl", "database\n\tcompatibilityLevel: 1567\n");
    files.put("model.tmdl", model());
    files.put(
        "expressions.tmdl",
        "expression %s = %s\n\nexpression %s = %s\n"
            .formatted(
                PowerQuery.SERVER,
                PowerQuery.parameter(server),
                PowerQuery.DATABASE,
                PowerQuery.parameter(database)));
    files.put("relationships.tmdl", relationship());
    files.put("tables/%s.tmdl".formatted(view.name()), table());
    files.put(
        "tables/%s.tmdl".formatted(DateTable.NAME), DateTable.tmdl(dax().column(View.EVENT_DATE)));
    return files;
  }

  private String model() {
    // The annotation disables the hidden date tables that would be added for each time column.
    return """
        model Model
        \tculture: en-US
        \tdefaultPowerBIDataSourceVersion: powerBI_V3
        \tdiscourageImplicitMeasures
        \tsourceQueryCulture: en-US

        annotation __PBI_TimeIntelligenceEnabled = 0

        ref table %s
        ref table %s
        """
        .formatted(Tmdl.name(view.name()), Tmdl.name(DateTable.NAME));
  }

  private String relationship() {
    String id = "relationship of " + view.name() + " to its dates";
    return """
        relationship %s
        \tfromColumn: %s.%s
        \ttoColumn: %s.%s
        """
        .formatted(
            UUID.nameUUIDFromBytes(id.getBytes(UTF_8)),
            Tmdl.name(view.name()),
            View.EVENT_DATE,
            Tmdl.name(DateTable.NAME),
            DateTable.DATE);
  }

  private String table() {
    String measures = view.measures().stream().map(this::measure).collect(joining());
    String loaded = columns.stream().map(this::column).collect(joining());
    String layer = column(View.SOURCE, View.SOURCE, ColumnType.TEXT, Visibility.SHOWN);
    return """
        %stable %s

        %s%s%s\tpartition %2$s = m
        \t\tmode: import
        \t\tsource =%s
        """
        .formatted(
            Tmdl.description("One row per window and " + String.join(", ", view.keys()), 0),
            Tmdl.name(view.name()),
            measures,
            loaded,
            layer,
            Tmdl.expression(source, 4));
  }

  private String measure(Measure measure) {
    DataType type =
        columns.stream()
            .filter(column -> column.name().equals(measure.name()))
            .findFirst()
            .orElseThrow()
            .dataType();
    String expression = dax().expression(measure, type);
    return """
        %s\tmeasure %s =%s
        %s
        """
        .formatted(
            Tmdl.description(MeasureDescription.of(measure, Dax.rollUp(measure), view.window()), 1),
            Tmdl.name(measure.name()),
            expression.contains("\n") ? Tmdl.expression(expression, 3) : " " + expression,
            ColumnType.of(type).formatString());
  }

  private String column(StructField field) {
    String name = field.name();
    ColumnType type = ColumnType.of(field.dataType());
    Optional<Measure> measure =
        view.measures().stream().filter(each -> each.name().equals(name)).findFirst();
    if (measure.isPresent()) {
      return column(Dax.resultColumn(measure.get()), name, type, Visibility.HIDDEN);
    }

    if (name.equals(View.EVENT_DATE)) {
      return column(name, name, type, Visibility.HIDDEN);
    }

    if (view.served().contains(name)) {
      return column(name, name, type, Visibility.SHOWN);
    }

    // As a fixed decimal, the sum of an average would round the quotient to four digits.
    ColumnType part = field.dataType() instanceof DecimalType ? ColumnType.DOUBLE : type;
    return column(name, name, part, Visibility.HIDDEN);
  }

  private static String column(
      String name, String sourceColumn, ColumnType type, Visibility visibility) {
    return "\tcolumn %s\n\t\tdataType: %s\n%s%s\t\tsummarizeBy: none\n\t\tsourceColumn: %s\n\n"
        .formatted(
            Tmdl.name(name),
            type.name(),
            visibility == Visibility.HIDDEN ? "\t\tisHidden\n" : "",
            type.formatString(),
            Tmdl.text(sourceColumn));
  }

  private Dax dax() {
    return new Dax(view.name(), view.window());
  }

  private enum Visibility {
    SHOWN,
    HIDDEN
  }
}
