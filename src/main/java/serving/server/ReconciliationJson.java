package serving.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.TreeMap;
import serving.reconcile.Reconciliation;

/** Builds the JSON response about a view's reconciliations. */
final class ReconciliationJson {
  private static final int NEWEST = 50;

  private ReconciliationJson() {}

  /**
   * The newest results.
   *
   * @param results all of a view, newest first
   */
  static ArrayNode of(List<Reconciliation> results) {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    results.stream().limit(NEWEST).forEach(result -> result(json.addObject(), result));
    return json;
  }

  private static void result(ObjectNode node, Reconciliation result) {
    node.put("at", result.at().toString());
    node.put("from", result.from().toString());
    node.put("to", result.to().toString());
    node.put("windows", result.windows());
    node.put("agreeing", result.agreeing());
    node.put("missing_in_batch", result.missingInBatch());
    node.put("missing_in_speed", result.missingInSpeed());
    node.put("mismatched", result.mismatched());
    node.put("unexplained", result.unexplained());
    ObjectNode causes = node.putObject("causes");
    new TreeMap<>(result.causes()).forEach(causes::put);
    if (result.lateShare() != null) {
      node.put("late_share", result.lateShare());
    }

    ArrayNode measures = node.putArray("measures");
    for (Reconciliation.Difference difference : result.measures()) {
      measures
          .addObject()
          .put("measure", difference.measure())
          .put("limit", difference.limit())
          .put("mismatched", difference.mismatched())
          .put("p50", difference.p50())
          .put("p99", difference.p99())
          .put("max", difference.max());
    }
  }
}
