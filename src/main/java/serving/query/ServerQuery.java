package serving.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import common.ErrorCode;
import common.Failure;
import common.command.OutputFormat;
import common.secrets.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.net.URI;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Requests rows from a running server. */
public final class ServerQuery {
  private static final int ATTEMPTS = 5;

  private final ServerClient client;

  /**
   * Creates a client of a server.
   *
   * @param server address of the server, without a path
   * @param token token that the server requires; empty for none
   */
  public ServerQuery(URI server, Secret token) {
    client = new ServerClient(server, token);
  }

  /**
   * Prints all rows that a request selects, from one state of the layers.
   *
   * @param view name of a view of the server
   * @param parameters values of the request's query parameters, by name
   * @throws Failure when the data is too old, the server does not respond or refuses the request,
   *     or the data keeps changing while the pages are read
   */
  public void print(
      String view, Map<String, List<String>> parameters, OutputFormat format, PrintWriter out)
      throws IOException {
    String path = "/v1/views/" + encoded(view);
    Description description = Description.parse(client.get(path, "application/json").body());
    StringBuilder query = new StringBuilder("?limit=" + description.maxRows);
    parameters.forEach(
        (name, values) -> values.forEach(value -> query.append("&" + name + "=" + encoded(value))));
    String type = format == OutputFormat.json ? "application/x-ndjson" : "text/csv";
    List<String> pages = pages(path + "/rows" + query, type);
    switch (format) {
      case csv -> {
        out.print(pages.get(0));
        pages.stream().skip(1).map(ServerQuery::withoutHeader).forEach(out::print);
      }
      case json -> pages.forEach(out::print);
      case table -> {
        List<Row> rows = new ArrayList<>();
        List<String> columns = List.of();
        for (String page : pages) {
          CSVParser records =
              CSVFormat.RFC4180.builder().setHeader().build().parse(new StringReader(page));
          columns = records.getHeaderNames();
          for (CSVRecord record : records) {
            rows.add(description.row(columns, record));
          }
        }

        format.print(columns.toArray(String[]::new), rows.iterator(), out);
      }
    }
  }

  private List<String> pages(String path, String type) throws IOException {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      List<String> pages = new ArrayList<>();
      ServerClient.Response page = client.get(path, type);
      Optional<String> version = page.header("Lake-Version");
      pages.add(page.body());
      while (page.header("Next-Cursor").isPresent()
          && page.header("Lake-Version").equals(version)) {
        page = client.get(path + "&cursor=" + encoded(page.header("Next-Cursor").get()), type);
        pages.add(page.body());
      }

      if (page.header("Lake-Version").equals(version)) {
        return pages;
      }
    }

    throw new Failure(
        ErrorCode.SERVER_REFUSED,
        "%s: the data changed while its pages were being read, in %d attempts: ask for fewer keys or a shorter time range"
            .formatted(client.server(), ATTEMPTS));
  }

  private static String withoutHeader(String csv) {
    return csv.substring(csv.indexOf('\n') + 1);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  /** What a client needs to know about a view. */
  private static final class Description {
    /** Maximum number of rows of a page. */
    private int maxRows;

    /** Columns of type double, which a table shows rounded. */
    private final Set<String> fractions = new HashSet<>();

    private String lastName = "";

    /** Parses a view as the server describes it. */
    static Description parse(String json) throws IOException {
      Description description = new Description();
      ServerClient.forEachScalar(json, description::read);
      return description;
    }

    private void read(String member, String value) {
      switch (String.valueOf(member)) {
        case "max_rows" -> maxRows = Integer.parseInt(value);
        case "name" -> lastName = value;
        case "type" -> {
          if (value.equals("double")) {
            fractions.add(lastName);
          }
        }
        default -> {}
      }
    }

    /** A row of the response: text, except for doubles, which a table rounds. */
    Row row(List<String> columns, CSVRecord printed) {
      return RowFactory.create(
          columns.stream().map(column -> value(column, printed.get(column))).toArray());
    }

    private Object value(String column, String text) {
      return fractions.contains(column) && !text.isEmpty() ? (Object) Double.valueOf(text) : text;
    }
  }
}
