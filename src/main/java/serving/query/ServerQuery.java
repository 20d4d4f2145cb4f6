package serving.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.ErrorCode;
import common.Failure;
import common.command.OutputFormat;
import common.metrics.View;
import common.secrets.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Asks a running server for rows, page by page.
 *
 * @param server address of the server, without a path
 * @param token that the server requires; empty for none
 */
public record ServerQuery(URI server, Secret token) {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Prints all rows that a request selects.
   *
   * @throws Failure when the server does not answer, or refuses the request
   */
  public void print(RowRequest request, OutputFormat format, PrintWriter out)
      throws IOException, InterruptedException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    List<Row> rows = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      HttpResponse<String> page = page(client, request, format, cursor);
      switch (format) {
        case csv -> out.print(cursor.isEmpty() ? page.body() : withoutHeader(page.body()));
        case json -> out.print(page.body());
        case table -> rows.addAll(rows(page.body(), request));
      }

      cursor = page.headers().firstValue("Next-Cursor");
    } while (cursor.isPresent());

    if (format == OutputFormat.table) {
      format.print(columns(request).toArray(String[]::new), rows.iterator(), out);
    }
  }

  private HttpResponse<String> page(
      HttpClient client, RowRequest request, OutputFormat format, Optional<String> cursor)
      throws IOException, InterruptedException {
    HttpRequest.Builder get =
        HttpRequest.newBuilder(address(request, cursor))
            .timeout(PATIENCE)
            .header("Accept", format == OutputFormat.csv ? "text/csv" : "application/x-ndjson");
    if (!token.isEmpty()) {
      get.header("Authorization", "Bearer " + token.revealed());
    }

    HttpResponse<String> page;
    try {
      page = client.send(get.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException unreachable) {
      throw new Failure(
          ErrorCode.SERVER_UNREACHABLE,
          "No answer from %s: start it with scripts/submit.sh serve, or correct --server"
              .formatted(server));
    }

    if (page.statusCode() != 200) {
      throw refused(page);
    }

    return page;
  }

  private URI address(RowRequest request, Optional<String> cursor) {
    RowFilter filter = request.filter();
    List<String> parameters = new ArrayList<>();
    parameters.add("accuracy=" + request.accuracy());
    filter.keys().forEach((key, value) -> parameters.add("key=" + encoded(key + "=" + value)));
    filter.from().ifPresent(from -> parameters.add("from=" + from));
    filter.to().ifPresent(to -> parameters.add("to=" + to));
    cursor.ifPresent(after -> parameters.add("cursor=" + encoded(after)));
    return server.resolve(
        "/v1/views/%s/rows?%s"
            .formatted(encoded(request.view().name()), parameters.stream().collect(joining("&"))));
  }

  private Failure refused(HttpResponse<String> answer) {
    String title;
    try {
      title = JSON.readTree(answer.body()).path("title").asText();
    } catch (JsonProcessingException other) {
      title = "";
    }

    return new Failure(
        ErrorCode.SERVER_REFUSED,
        "%s answered with status %d%s"
            .formatted(server, answer.statusCode(), title.isEmpty() ? "" : ": " + title));
  }

  private static List<Row> rows(String lines, RowRequest request) throws IOException {
    List<String> columns = columns(request);
    List<Row> rows = new ArrayList<>();
    for (String line : lines.lines().toList()) {
      JsonNode json = JSON.readTree(line);
      rows.add(
          RowFactory.create(columns.stream().map(json::get).map(ServerQuery::value).toArray()));
    }

    return rows;
  }

  private static Object value(JsonNode value) {
    if (value == null) {
      return null;
    }

    return value.isFloatingPointNumber() ? (Object) value.asDouble() : value.asText();
  }

  private static List<String> columns(RowRequest request) {
    View view = request.view();
    List<String> columns = new ArrayList<>(QueryRouter.columns(view));
    if (request.accuracy() == Accuracy.exact) {
      columns.add(QueryRouter.CLOSED);
    }

    return columns;
  }

  private static String withoutHeader(String csv) {
    return csv.substring(csv.indexOf('\n') + 1);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }
}
