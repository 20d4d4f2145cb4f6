package serving.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import common.ErrorCode;
import common.Failure;
import common.command.OutputFormat;
import common.metrics.View;
import common.settings.Settings;
import common.settings.Views;
import common.telemetry.HttpTelemetry;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import serving.hot.RedisWindows;
import serving.query.Layers;
import serving.query.QueryEngine;
import serving.query.QueryRouter;
import serving.query.RowFilter;

/**
 * Answers requests for the newest window of a key with a JSON object: {@code row} has the members
 * of a row of {@link RowsHandler}, and {@code store} names the row's origin, {@code redis} or
 * {@code lake}. A row from Redis comes with {@code computed_at}. A row from the lake comes with the
 * header {@code Lake-Version} and the member {@code redis}, which gives the reason why Redis was
 * not used: {@code not-a-sink}, {@code no-window} (the window has expired or was never written),
 * {@code key-not-text} or {@code unavailable}. A key without a window is answered with status 404.
 */
final class NewestHandler implements Handler, AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Views views;
  private final LayerCache layers;
  private final QueryEngine engine;
  private final Optional<RedisWindows> redis;
  private final Map<View, StructType> schemas = new ConcurrentHashMap<>();

  NewestHandler(Settings settings, LayerCache layers, QueryEngine engine) {
    this.views = settings.views();
    this.layers = layers;
    this.engine = engine;
    this.redis =
        settings.speed().sinks().contains("redis")
            ? Optional.of(new RedisWindows(settings.speed().redis()))
            : Optional.empty();
  }

  @Override
  public void handle(Context context) throws Exception {
    View view = views.named(context.pathParam("view"));
    RowFilter key = Parameters.wholeKey(view, Parameters.of(context));
    // Once they exist, the tables keep the schema of the view's definition.
    StructType schema = schemas.get(view);
    if (schema == null) {
      schema = layers.required(view).batch().state().schema();
      schemas.put(view, schema);
    }

    if (redis.isEmpty()) {
      fromLake(context, view, key, "not-a-sink");
    } else if (!hasTextKeys(view, schema)) {
      fromLake(context, view, key, "key-not-text");
    } else {
      fromRedis(context, view, key, schema);
    }
  }

  /**
   * Values of other types can be written in several ways, only one of which matches the name of the
   * Redis key.
   */
  private static boolean hasTextKeys(View view, StructType schema) {
    return view.keys().stream()
        .allMatch(column -> schema.apply(column).dataType().equals(DataTypes.StringType));
  }

  private void fromRedis(Context context, View view, RowFilter key, StructType schema)
      throws SQLException, IOException, InterruptedException {
    List<String> keys = view.keys().stream().map(key.keys()::get).toList();
    Optional<RedisWindows.Newest> found;
    try {
      found = redis.orElseThrow().newest(view, keys, schema);
    } catch (Failure unavailable) {
      HttpTelemetry.redisFallback(view.name());
      fromLake(context, view, key, "unavailable");
      return;
    }

    if (found.isEmpty()) {
      fromLake(context, view, key, "no-window");
      return;
    }

    ObjectNode answer = MAPPER.createObjectNode().put("store", "redis");
    answer.put("computed_at", found.get().computedAt().toString());
    send(context, answer, QueryRouter.columns(view), found.get().row());
  }

  private void fromLake(Context context, View view, RowFilter key, String reason)
      throws SQLException, IOException, InterruptedException {
    Layers state = layers.required(view);
    Optional<Row> found = engine.newest(view, key, state);
    if (found.isEmpty()) {
      new Problem(404, "This key has no window", ErrorCode.DATA_MISSING.name()).send(context);
      return;
    }

    context.header("Lake-Version", state.version());
    ObjectNode answer = MAPPER.createObjectNode().put("store", "lake").put("redis", reason);
    send(context, answer, QueryRouter.columns(view), found.get());
  }

  private static void send(Context context, ObjectNode answer, List<String> columns, Row row)
      throws IOException {
    String text =
        RowsHandler.printed(OutputFormat.json, columns.toArray(String[]::new), List.of(row));
    answer.putRawValue("row", new RawValue(text.strip()));
    context.contentType("application/json; charset=utf-8").result(answer + "\n");
  }

  @Override
  public void close() {
    redis.ifPresent(RedisWindows::close);
  }
}
