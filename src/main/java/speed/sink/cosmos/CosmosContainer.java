package speed.sink.cosmos;

import static java.util.stream.Collectors.joining;

import common.metrics.View;
import common.settings.CosmosSettings;
import java.util.List;
import java.util.stream.Stream;

/**
 * Spark SQL statements that create a view's database and container through the connector's catalog.
 * The container is partitioned by the view's first key and indexes only what queries filter on:
 * keys and window start.
 */
public record CosmosContainer(View view, CosmosSettings cosmos, String catalog) {
  public List<String> statements() {
    String database = "`%s`.`%s`".formatted(catalog, cosmos.database());
    String columns =
        Stream.concat(Stream.of("id"), view.keys().stream())
            .map("`%s` STRING"::formatted)
            .collect(joining(", "));
    return List.of(
        "CREATE DATABASE IF NOT EXISTS " + database,
        """
        CREATE TABLE IF NOT EXISTS %s.`%s` (%s) USING cosmos.oltp
        TBLPROPERTIES (
          partitionKeyPath = '/%s',
          autoScaleMaxThroughput = '%d',
          defaultTtlInSeconds = '%d',%s
          indexingPolicy = '%s'
        )"""
            .formatted(
                database,
                view.name(),
                columns,
                view.keys().get(0),
                cosmos.maxThroughput(),
                cosmos.timeToLive().toSeconds(),
                analyticalStore(),
                indexingPolicy()));
  }

  /** The property is omitted by default: an account without Synapse Link rejects it. */
  private String analyticalStore() {
    return cosmos.analyticalStoreTtl() == 0
        ? ""
        : "%n  analyticalStoreTtlInSeconds = '%d',".formatted(cosmos.analyticalStoreTtl());
  }

  private String indexingPolicy() {
    String included =
        Stream.concat(view.keys().stream(), Stream.of(View.WINDOW_START))
            .map("{\"path\":\"/%s/?\"}"::formatted)
            .collect(joining(","));
    return "{\"indexingMode\":\"consistent\",\"automatic\":true,\"includedPaths\":[%s],\"excludedPaths\":[{\"path\":\"/*\"}]}"
        .formatted(included);
  }
}
