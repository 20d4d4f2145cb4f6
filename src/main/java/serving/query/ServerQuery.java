package serving.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import common.ErrorCode;
import common.Failure;
import common.command.OutputFormat;
import common.secrets.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Requests rows from a running server. */
public final class ServerQuery {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int ATTEMPTS = 5;
  private static final String JSON = "application/json";
  private static final String LINES = "application/x-ndjson";
  private static final String CSV = "text/csv";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final URI server;
  private final Secret token;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

  /**
   * Creates a client of a server.
   *
   * @param server address of the server, without a path
   * @param token token that the server requires; empty for none
   */
  public ServerQuery(URI server, Secret token) {
    this.server = server;
    this.token = token;
  }

  /**
   * Prints all rows that a request selects, from one state of the layers.
   *
   * @param maxAge maximum age of the data
   * @throws Failure when the data is too old, the server does not respond or refuses the request,
   *     or the data keeps changing while the pages are read
   */
  public void print(
      RowRequest request, Optional<Duration> maxAge, OutputFormat format, PrintWriter out)
      throws IOException, InterruptedException {
    String path = "/v1/views/" + encoded(request.view().name());
    JsonNode view = MAPPER.readTree(get(path, JSON).body());
    String query =
        query(request.accuracy(), request.filter())
            + maxAge.map(most -> "&max-age=" + most).orElse("")
            + "&limit="
            + view.path("max_rows");
    List<String> pages = pages(path + "/rows" + query, format == OutputFormat.csv ? CSV : LINES);
    switch (format) {
      case csv -> {
        out.print(pages.get(0));
        pages.stream().skip(1).map(ServerQuery::withoutHeader).forEach(out::print);
      }
      case json -> pages.forEach(out::print);
      case table -> {
        Map<String, String> types = types(view.path("columns"), request.accuracy());
        List<Row> rows = new ArrayList<>();
        for (String page : pages) {
          for (String line : page.lines().toList()) {
            rows.add(row(MAPPER.readTree(line), types));
          }
        }

        format.print(types.keySet().toArray(String[]::new), rows.iterator(), out);
      }
    }
  }

  private List<String> pages(String path, String type) throws IOException, InterruptedException {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      List<String> pages = new ArrayList<>();
      HttpResponse<String> page = get(path, type);
      Optional<String> state = state(page);
      pages.add(page.body());
      while (page.headers().firstValue("Next-Cursor").isPresent() && state(page).equals(state)) {
        String cursor = page.headers().firstValue("Next-Cursor").get();
        page = get(path + "&cursor=" + encoded(cursor), type);
        pages.add(page.body());
      }

      if (state(page).equals(state)) {
        return pages;
      }
    }

    throw new Failure(
        ErrorCode.SERVER_REFUSED,
        "%s: the data changed while its pages were being read, in %d attempts: ask for fewer keys or a shorter time range"
            .formatted(server, ATTEMPTS));
  }

  private static Optional<String> state(HttpResponse<String> page) {
    return page.headers().firstValue("Lake-Version");
  }

  private HttpResponse<String> get(String path, String type)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve(path)).timeout(PATIENCE).header("Accept", type);
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token.revealed());
    }

    HttpResponse<String> answer;
    try {
      answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (HttpTimeoutException slow) {
      throw new Failure(
          ErrorCode.SERVER_UNREACHABLE,
          "%s did not respond within a minute: try again, or ask for fewer keys or a shorter time range"
              .formatted(server),
          slow);
    } catch (SSLException untrusted) {
      throw new Failure(
          ErrorCode.SERVER_UNREACHABLE,
          "No secure connection to %s: %s; Java must trust the authority of its certificate (javax.net.ssl.trustStore)"
              .formatted(server, Failure.root(untrusted).getMessage()),
          untrusted);
    } catch (IOException unreachable) {
      throw new Failure(
          ErrorCode.SERVER_UNREACHABLE,
          "No response from %s: start the server with scripts/submit.sh serve, or correct --server"
              .formatted(server),
          unreachable);
    }

    if (answer.statusCode() != 200) {
      throw refused(answer);
    }

    if (!answer.headers().firstValue("Content-Type").orElse("").startsWith(type)) {
      throw new Failure(
          ErrorCode.SERVER_REFUSED,
          "The response from %s is not from serve: correct --server".formatted(server));
    }

    return answer;
  }

  private Failure refused(HttpResponse<String> answer) {
    JsonNode problem;
    try {
      problem = MAPPER.readTree(answer.body());
    } catch (JsonProcessingException other) {
      problem = MAPPER.missingNode();
    }

    String detail = problem.path("detail").asText();
    if (problem.path("code").asText().equals(ErrorCode.ANSWER_TOO_OLD.name())) {
      return new Failure(ErrorCode.ANSWER_TOO_OLD, detail);
    }

    return new Failure(
        ErrorCode.SERVER_REFUSED,
        "%s answered with status %d%s"
            .formatted(server, answer.statusCode(), detail.isEmpty() ? "" : ": " + detail));
  }

  private static String query(Accuracy accuracy, RowFilter filter) {
    StringBuilder query = new StringBuilder("?accuracy=" + accuracy);
    filter.keys().forEach((key, value) -> query.append("&key=" + encoded(key + "=" + value)));
    filter.from().ifPresent(from -> query.append("&from=" + from));
    filter.to().ifPresent(to -> query.append("&to=" + to));
    return query.toString();
  }

  /** The types of the columns, by name, in column order. */
  private static Map<String, String> types(JsonNode columns, Accuracy accuracy) {
    Map<String, String> types = new LinkedHashMap<>();
    columns.forEach(
        column -> types.put(column.path("name").asText(), column.path("type").asText()));
    if (accuracy == Accuracy.exact) {
      types.put(QueryRouter.CLOSED, "boolean");
    }

    return types;
  }

  private static Row row(JsonNode json, Map<String, String> types) {
    List<Object> values = new ArrayList<>();
    types.forEach((name, type) -> values.add(value(json.get(name), type)));
    return RowFactory.create(values.toArray());
  }

  private static Object value(JsonNode value, String type) {
    if (value == null) {
      return null;
    }

    if (type.equals("double")) {
      return value.asDouble();
    }

    return value.isBigDecimal() ? (Object) value.decimalValue() : value.asText();
  }

  private static String withoutHeader(String csv) {
    return csv.substring(csv.indexOf('\n') + 1);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }
}
