package serving.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import common.metrics.View;
import common.ops.StreamAccount.Split;
import common.ops.StreamProgress;
import serving.query.LedgerCounts;

/** Builds the JSON response about a view's ledger. */
final class LedgerJson {
  private LedgerJson() {}

  /** Intervals without a micro-batch are omitted. */
  static ObjectNode of(View view, RecentLedger.Period period) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("from", period.from().toString());
    json.put("to", period.to().toString());
    json.put("interval", RecentLedger.INTERVAL.toString());
    ArrayNode queries = json.putArray("queries");
    period
        .queries()
        .forEach(
            (query, intervals) -> {
              ObjectNode node = queries.addObject().put("query", query);
              if (!query.equals(StreamProgress.INGEST)) {
                node.put("sink", query.substring(StreamProgress.speedQuery(view, "").length()));
              }

              ArrayNode list = node.putArray("intervals");
              intervals.forEach(
                  (start, counts) ->
                      counts(list.addObject().put("start", start.toString()), counts));
            });
    return json;
  }

  private static void counts(ObjectNode node, LedgerCounts counts) {
    Split split = counts.split();
    node.put("micro_batches", counts.microBatches());
    node.put("read", split.read());
    node.put("counted", split.counted());
    node.put("duplicate", split.duplicate());
    node.put("late", split.late());
    node.put("rejected", split.rejected());
    node.put("unknown", counts.unknown());
    counts.outOfOrder().ifPresent(records -> node.put("out_of_order", records));
  }
}
