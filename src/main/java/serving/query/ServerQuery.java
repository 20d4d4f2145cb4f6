package serving.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
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

  private final URI server;
  private final ServerClient client;

  /**
   * Creates a client of a server.
   *
   * @param server address of the server, without a path
   * @param token token that the server requires; empty for none
   */
  public ServerQuery(URI server, Secret token) {
    this.server = server;
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
          records.forEach(record -> rows.add(description.row(record)));
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
            .formatted(server, ATTEMPTS));
  }

  private static String withoutHeader(String csv) {
    return csv.substring(csv.indexOf('\n') + 1);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  /**
   * What a client needs to know about a view.
   *
   * @param maxRows maximum number of rows of a page
   * @param fractions columns of type double, which a table shows rounded
   */
  private record Description(int maxRows, Set<String> fractions) {
    /** Parses a view as the server describes it. */
    static Description parse(String json) throws IOException {
      int maxRows = 0;
      Set<String> fractions = new HashSet<>();
      String name = "";
      try (JsonParser parser = new JsonFactory().createParser(json)) {
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
          if (token.isScalarValue()) {
            switch (String.valueOf(parser.currentName())) {
              case "max_rows" -> maxRows = parser.getIntValue();
              case "name" -> name = parser.getText();
              case "type" -> {
                if (parser.getText().equals("double")) {
                  fractions.add(name);
                }
              }
              default -> {}
            }
          }
        }
      }

      return new Description(maxRows, fractions);
    }

    /** A row of the response: text, except for doubles, which a table rounds. */
    Row row(CSVRecord printed) {
      List<Object> values = new ArrayList<>();
      printed
          .getParser()
          .getHeaderNames()
          .forEach(
              column -> {
                String text = printed.get(column);
                values.add(
                    fractions.contains(column) && !text.isEmpty() ? Double.valueOf(text) : text);
              });
      return RowFactory.create(values.toArray());
    }
  }
}
