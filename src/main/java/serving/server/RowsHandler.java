package serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import common.command.OutputFormat;
import common.metrics.View;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import serving.query.Layers;
import serving.query.QueryEngine;
import serving.query.RowRequest;

/**
 * Answers requests for rows of a view with a JSON object, JSON lines or CSV, depending on {@code
 * Accept}. If there is another page, its cursor is the member {@code next} of the JSON object, or
 * the header {@code Next-Cursor} of the other formats.
 */
record RowsHandler(
    Function<String, View> views,
    LayerCache layers,
    Freshness freshness,
    QueryEngine engine,
    int maxRows)
    implements Handler {
  private static final String JSON = "application/json";
  private static final String LINES = "application/x-ndjson";
  private static final String CSV = "text/csv";

  @Override
  public void handle(Context context) throws Exception {
    View view = views.apply(context.pathParam("view"));
    Map<String, List<String>> parameters = Parameters.of(context);
    RowRequest request = Parameters.rows(view, parameters, maxRows);
    Optional<Duration> maxAge = Parameters.maxAge(parameters);
    Layers state = layers.required(view);
    if (maxAge.isPresent()) {
      freshness.require(view, request.accuracy(), maxAge.get());
      // Reread, so that the state includes the update that was just found.
      state = layers.required(view);
    }

    String type = type(context.header("Accept"));
    String tag = tag(state, type + " " + context.path() + "?" + context.queryString());
    context.header("Vary", "Accept");
    context.header("Lake-Version", state.version());
    if (tag.equals(context.header("If-None-Match"))) {
      context.status(304);
    } else {
      answer(context, request, state, type);
    }

    // Set last: a client that had the tag of an error response would later get 304.
    context.header("ETag", tag);
  }

  private void answer(Context context, RowRequest request, Layers state, String type)
      throws SQLException, InterruptedException, IOException {
    List<Row> found = engine.rows(request, state);
    List<Row> page = found.subList(0, Math.min(found.size(), request.limit().orElseThrow()));
    Optional<String> next =
        found.size() > page.size()
            ? Optional.of(cursor(page.get(page.size() - 1), request.view()).text())
            : Optional.empty();
    context.contentType(type + "; charset=utf-8");
    context.result(body(type, request.columns(), page, next, state).getBytes(UTF_8));
    if (!type.equals(JSON)) {
      next.ifPresent(cursor -> context.header("Next-Cursor", cursor));
    }
  }

  private static String body(
      String type, List<String> columns, List<Row> page, Optional<String> next, Layers state)
      throws IOException {
    String[] names = columns.toArray(String[]::new);
    if (type.equals(CSV)) {
      return printed(OutputFormat.csv, names, page);
    }

    String lines = printed(OutputFormat.json, names, page);
    if (type.equals(LINES)) {
      return lines;
    }

    return "{\"version\":\"%s\",%s\"rows\":[%s]%s}\n"
        .formatted(
            state.version(),
            state
                .boundary()
                .map(Instant::toString)
                .map("\"boundary\":\"%s\","::formatted)
                .orElse(""),
            String.join(",", lines.lines().toList()),
            next.map(",\"next\":\"%s\""::formatted).orElse(""));
  }

  static String printed(OutputFormat format, String[] columns, List<Row> page) throws IOException {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    format.print(columns, page.iterator(), out);
    out.flush();
    return text.toString();
  }

  private static Cursor cursor(Row last, View view) {
    // The first columns of a row are the keys and the window's start.
    return new Cursor(
        IntStream.rangeClosed(0, view.keys().size())
            .mapToObj(i -> last.get(i).toString())
            .toList());
  }

  private static String type(String accepted) {
    String wanted = accepted == null ? "" : accepted.toLowerCase(Locale.ROOT);
    if (wanted.contains(CSV)) {
      return CSV;
    }

    return wanted.contains(LINES) ? LINES : JSON;
  }

  /** A weak tag, because it identifies the state that was read, not the bytes of the response. */
  private static String tag(Layers state, String request) {
    String identity =
        String.join(
            "\n", state.batch().state().id(), state.speed().state().id(), state.version(), request);
    return "W/\"%s\"".formatted(UUID.nameUUIDFromBytes(identity.getBytes(UTF_8)));
  }
}
