package speed.sink.cosmos;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.when;

import common.ErrorCode;
import common.Failure;
import common.metrics.View;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import speed.sink.HotRows;
import speed.sink.Sink;

/**
 * Maintains one document per window in Cosmos DB: the columns of {@link HotRows} and an {@code id}
 * built from keys and window start, so that each window overwrites its previous document. The
 * connector itself waits and retries when throttled.
 */
public final class CosmosSink implements Sink {
  /** Cosmos DB limits ids to 1,023 bytes; the separator and the window start take 28. */
  private static final int LONGEST_KEYS = 900;

  /** The connector's error messages contain pages of diagnostics. */
  private static final int LONGEST_REASON = 300;

  private static final Pattern STATUS = Pattern.compile("\"statusCode\":(\\d+)");

  private final View view;
  private final transient CosmosAccount account;
  private final Duration trigger;

  public CosmosSink(View view, CosmosAccount account) {
    this.view = view;
    this.account = account;
    this.trigger = account.settings().trigger();
  }

  @Override
  public Duration trigger() {
    return trigger;
  }

  @Override
  public void call(Dataset<Row> changed, Long batchId) {
    Column keys = HotRows.keys(view);
    Column shortKeys = when(length(keys).leq(LONGEST_KEYS), keys).otherwise(sha2(keys, 256));
    Column id = concat(shortKeys, lit("|"), HotRows.time(col(View.WINDOW_START))).as("id");
    Column[] window = HotRows.columns(changed.schema(), view);
    Map<String, String> options = account.options();
    options.put("spark.cosmos.database", account.settings().database());
    options.put("spark.cosmos.container", view.name());
    options.put("spark.cosmos.write.strategy", "ItemOverwrite");
    // Point writes are faster than bulk for the few windows that a micro-batch changes.
    options.putIfAbsent("spark.cosmos.write.bulk.enabled", "false");
    try {
      changed
          .select(Stream.concat(Stream.of(id), Arrays.stream(window)).toArray(Column[]::new))
          .write()
          .format("cosmos.oltp")
          .options(options)
          .mode("append")
          .save();
    } catch (Exception failed) {
      // Spark throws checked exceptions that it does not declare.
      throw explained(failed);
    }
  }

  private Failure explained(Exception failed) {
    String text = String.valueOf(Failure.root(failed).getMessage());
    Matcher status = STATUS.matcher(text);
    String container = account.settings().database() + "." + view.name();
    return switch (status.find() ? status.group(1) : "") {
      case "404" ->
          new Failure(
              ErrorCode.COSMOS_CONTAINER_MISSING,
              "Cosmos DB has no container %s: run provision --view %s"
                  .formatted(container, view.name()),
              failed);
      case "401", "403" ->
          new Failure(
              ErrorCode.COSMOS_ACCESS_DENIED,
              "Cosmos DB rejected the credentials for container %s: correct speed.cosmos"
                  .formatted(container),
              failed);
      default ->
          new Failure(
              ErrorCode.COSMOS_WRITE_FAILED,
              "Writing windows of %s to Cosmos DB failed: %s"
                  .formatted(
                      view.name(),
                      text.substring(0, Math.min(LONGEST_REASON, text.length())).strip()),
              failed);
    };
  }
}
