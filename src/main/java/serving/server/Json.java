package serving.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import common.alerts.AlertLog;
import common.lake.Lake;
import common.metrics.Measure;
import common.metrics.View;
import common.metrics.Window;
import common.ops.Run;
import common.ops.Runs;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import serving.alerts.AlertRows;
import serving.health.Finding;
import serving.query.LayerUpdates;
import serving.query.Layers;
import serving.query.QueryEngine;
import serving.query.QueryRouter;

/**
 * Builds JSON responses about views, runs, alerts and health.
 *
 * @param maxRows maximum number of rows per page
 */
record Json(Lake lake, int maxRows) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int NEWEST_RUNS = 50;
  private static final int MOST_ALERTS = 1_000;

  /** A view's definition, the state of its layers, and how fresh they are. */
  ObjectNode view(
      View view,
      Optional<Layers> layers,
      Optional<QueryEngine.Extent> extent,
      Optional<LayerUpdates> updates) {
    ObjectNode json = named(MAPPER.createObjectNode(), view);
    json.put("max_rows", maxRows);
    ArrayNode measures = json.putArray("measures");
    for (Measure measure : view.measures()) {
      measures.addObject().put("name", measure.name()).put("kind", measure.kind().configName());
    }

    view.levels()
        .ifPresent(
            levels -> {
              ObjectNode node = json.putObject("levels");
              node.put("column", levels.column()).put("otherwise", levels.otherwise());
              ArrayNode rules = node.putArray("rules");
              levels
                  .rules()
                  .forEach(
                      rule ->
                          rules
                              .addObject()
                              .put("level", rule.level())
                              .put("severity", rule.severity().name()));
            });
    layers.ifPresent(
        state -> {
          columns(json.putArray("columns"), view, state.batch().state().schema());
          json.put("version", state.version());
          state.boundary().ifPresent(boundary -> json.put("boundary", boundary.toString()));
        });
    extent.ifPresent(
        ends ->
            json.put("oldest", ends.oldest().toString()).put("newest", ends.newest().toString()));
    updates.ifPresent(known -> json.set("updated_at", updates(known)));
    return json;
  }

  private static ObjectNode updates(LayerUpdates known) {
    ObjectNode json = MAPPER.createObjectNode();
    known.batch().ifPresent(at -> json.put("batch", at.toString()));
    known.speed().ifPresent(at -> json.put("speed", at.toString()));
    return json;
  }

  /** The columns of rows, in order, with their Spark SQL types. */
  private static void columns(ArrayNode json, View view, StructType schema) {
    for (String name : QueryRouter.columns(view)) {
      String type =
          name.equals(View.SOURCE) ? "string" : schema.apply(name).dataType().simpleString();
      json.addObject().put("name", name).put("type", type);
    }
  }

  /** All views with their keys and windows, and whether they have data. */
  ArrayNode views(Collection<View> views) {
    ArrayNode json = MAPPER.createArrayNode();
    for (View view : views) {
      named(json.addObject(), view).put("data", lake.of(view).exist());
    }

    return json;
  }

  private static ObjectNode named(ObjectNode node, View view) {
    node.put("name", view.name());
    view.keys().forEach(node.putArray("keys")::add);
    node.set("window", window(view.window()));
    return node;
  }

  /** A window as JSON; durations are in ISO 8601 format. */
  private static ObjectNode window(Window window) {
    ObjectNode json = MAPPER.createObjectNode();
    if (window instanceof Window.Tumbling tumbling) {
      return json.put("size", tumbling.size().toString());
    }

    if (window instanceof Window.Hopping hopping) {
      return json.put("size", hopping.size().toString()).put("slide", hopping.slide().toString());
    }

    return json.put("session_gap", ((Window.Session) window).gap().toString());
  }

  /** The most recent runs, newest first. */
  ArrayNode runs(View view) {
    ArrayNode json = MAPPER.createArrayNode();
    List<Run> runs = new Runs(lake).of(view);
    for (int i = runs.size() - 1; i >= Math.max(0, runs.size() - NEWEST_RUNS); i--) {
      Run run = runs.get(i);
      ObjectNode node = json.addObject();
      node.put("kind", run.kind().name());
      run.reason().ifPresent(reason -> node.put("reason", reason));
      node.put("started_at", run.startedAt().toString());
      node.put("duration_ms", run.durationMs());
      node.put("events", run.counts().events());
      node.put("duplicates", run.counts().duplicates());
      node.put("rows", run.counts().rows());
      run.output().boundary().ifPresent(at -> node.put("boundary", at.toString()));
    }

    return json;
  }

  /**
   * The alerts of some views, newest first; at most 1,000.
   *
   * @param open whether to include only alerts that are pending or firing
   */
  ArrayNode alerts(List<View> views, boolean open) {
    ArrayNode json = MAPPER.createArrayNode();
    AlertLog log = new AlertLog(lake);
    if (!log.exists()) {
      return json;
    }

    views.stream()
        .filter(view -> view.levels().isPresent())
        .flatMap(view -> log.current(view).stream())
        .filter(alert -> open ? alert.isOpen() : alert.wasRaised())
        .sorted((one, other) -> other.since().start().compareTo(one.since().start()))
        .limit(MOST_ALERTS)
        .forEach(
            alert -> {
              Row row = AlertRows.of(alert);
              ObjectNode node = json.addObject().put("view", alert.subject().view());
              for (int i = 0; i < AlertRows.COLUMNS.size(); i++) {
                if (row.get(i) instanceof Double number) {
                  node.put(AlertRows.COLUMNS.get(i), number);
                } else if (!row.isNullAt(i)) {
                  node.put(AlertRows.COLUMNS.get(i), row.get(i).toString());
                }
              }
            });
    return json;
  }

  /** The results of the health checks: results for one view and the lake, or all results. */
  ObjectNode health(HealthBoard.Result result, Optional<View> view) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("at", result.at().toString());
    ArrayNode checks = json.putArray("checks");
    for (Finding finding : result.findings()) {
      if (view.isEmpty() || finding.isOf(view.get().name())) {
        ObjectNode node = checks.addObject();
        node.put("view", finding.view()).put("check", finding.check());
        node.put("state", finding.light().name());
        finding
            .measured()
            .ifPresent(
                measured -> node.put("value", measured.value()).put("limit", measured.limit()));
        node.put("detail", finding.detail());
      }
    }

    return json;
  }
}
