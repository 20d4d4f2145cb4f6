package serving.sql.powerbi;

/**
 * The date table of the model: one row per day, in whole years, so that time intelligence works.
 * The table is recomputed from the dates of the rows on every load.
 */
final class DateTable {
  /** No view can have this name. */
  static final String NAME = "Date table";

  static final String DATE = "Date";

  private DateTable() {}

  /**
   * The table's definition.
   *
   * @param days DAX column with the days of the rows
   */
  static String tmdl(String days) {
    String dates =
        """
        VAR __first = YEAR(COALESCE(MIN(%1$s), TODAY()))
        VAR __last = YEAR(COALESCE(MAX(%1$s), TODAY()))
        RETURN
          ADDCOLUMNS(
            CALENDAR(DATE(__first, 1, 1), DATE(__last, 12, 31)),
            "Year", YEAR([Date]),
            "Quarter", YEAR([Date]) & "-Q" & QUARTER([Date]),
            "Month", FORMAT([Date], "yyyy-MM", "en-US"),
            "Weekday", WEEKDAY([Date], 2)
          )"""
            .formatted(days);
    return """
        %stable %s
        \tdataCategory: Time

        \tcolumn %s
        \t\tdataType: dateTime
        \t\tisKey
        \t\tformatString: yyyy-mm-dd
        \t\tsummarizeBy: none
        \t\tsourceColumn: [Date]

        %s%s%s%s\tpartition %2$s = calculated
        \t\tmode: import
        \t\tsource =%s
        """
        .formatted(
            Tmdl.description("The days on which windows start, in UTC", 0),
            Tmdl.name(NAME),
            DATE,
            column("Year", "The year", "int64"),
            column("Quarter", "The quarter, such as 2026-Q1", "string"),
            column("Month", "The month, such as 2026-01", "string"),
            column("Weekday", "The day of the week, from 1 (Monday) to 7", "int64"),
            Tmdl.expression(dates, 4));
  }

  private static String column(String name, String description, String type) {
    return """
        %s\tcolumn %s
        \t\tdataType: %s
        \t\tsummarizeBy: none
        \t\tsourceColumn: [%2$s]

        """
        .formatted(Tmdl.description(description, 1), name, type);
  }
}
