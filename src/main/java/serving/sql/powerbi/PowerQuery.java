package serving.sql.powerbi;

/**
 * The query that loads a view of a serverless pool, in Power Query's formula language M. Server and
 * database are parameters, so that a deployment can set them per stage.
 */
final class PowerQuery {
  static final String SERVER = "Server";
  static final String DATABASE = "Database";

  private PowerQuery() {}

  static String rows(String schema, String view) {
    return """
        let
            Source = Sql.Database(%s, %s),
            Rows = Source{[Schema = %s, Item = %s]}[Data]
        in
            Rows"""
        .formatted(SERVER, DATABASE, literal(schema), literal(view));
  }

  /** The value of a parameter. */
  static String parameter(String value) {
    return "%s meta [IsParameterQuery = true, Type = \"Text\", IsParameterQueryRequired = true]"
        .formatted(literal(value));
  }

  /** In a literal, {@code #(} begins an escape. */
  static String literal(String text) {
    return '"' + text.replace("#(", "#(#)(").replace("\"", "\"\"") + '"';
  }
}
