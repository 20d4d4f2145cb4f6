package serving.health;

import common.Failure;
import common.lake.Lake;
import common.lake.ViewTables;
import common.metrics.View;
import common.ops.StreamProgress;
import common.session.JobDescription;
import common.settings.Settings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** Runs the health checks of ingest, the master dataset, and the layers of each view. */
public final class Health {
  private final SparkSession spark;
  private final Lake lake;
  private final Clock clock;
  private final Settings settings;
  private final Duration recent;
  private final Streams streams;
  private final Files files;
  private final List<HealthCheck> checks;

  public Health(SparkSession spark, Settings settings, Clock clock) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.clock = clock;
    this.settings = settings;
    this.recent = settings.thresholds().batch().age();
    this.streams = new Streams(settings.thresholds().speed());
    this.files = new Files(settings.thresholds());
    this.checks =
        List.of(
            new BatchRuns(settings.thresholds().batch()),
            facts ->
                facts.queries().stream()
                    .flatMap(
                        query -> streams.judge(facts.view().name(), query, facts.now()).stream())
                    .toList(),
            facts -> files.judge(facts.view().name(), facts.files()),
            new Coverage(settings.speed().retention()),
            new BaselineDay(),
            new LedgerBalance(),
            new LayerAgreement());
  }

  /** The findings for ingest and the master dataset, if it exists, and for each view. */
  public List<Finding> of(Collection<View> views) {
    Instant now = clock.instant();
    return JobDescription.during(
        spark,
        "status",
        () -> {
          StreamReader ledger = new StreamReader(spark, lake, queries(views), now, recent);
          return Stream.concat(
                  lake.master().exists() ? ingest(ledger, now) : Stream.empty(),
                  views.stream().flatMap(view -> of(view, ledger, now).stream()))
              .toList();
        });
  }

  private List<String> queries(Collection<View> views) {
    Stream<StreamedBy> ofViews =
        views.stream().flatMap(view -> StreamedBy.of(view, settings).stream());
    return Stream.of(
            Stream.of(StreamedBy.ingest(settings).query()),
            ofViews.map(StreamedBy::query),
            views.stream().map(view -> StreamProgress.speedQuery(view, "delta")))
        .flatMap(names -> names)
        .distinct()
        .toList();
  }

  private Stream<Finding> ingest(StreamReader ledger, Instant now) {
    StreamedBy ingest = StreamedBy.ingest(settings);
    QueryFacts facts = ledger.query(ingest.label(), ingest.query(), ingest.interval());
    return Stream.concat(
        streams.judge(Finding.LAKE, facts, now).stream(),
        files.judge(Finding.LAKE, lake.master().files()).stream());
  }

  private List<Finding> of(View view, StreamReader ledger, Instant now) {
    ViewTables tables = lake.of(view);
    if (!tables.exist()) {
      return List.of(Finding.of(view.name(), "tables", Light.yellow, "no run yet"));
    }

    try {
      tables.batch().requireFit();
      tables.speed().requireFit();
    } catch (Failure unfit) {
      return List.of(Finding.of(view.name(), "tables", Light.red, unfit.getMessage()));
    }

    LayerFacts facts =
        new LayerReader(lake).read(tables, StreamedBy.of(view, settings), ledger, now);
    return checks.stream().flatMap(check -> check.judge(facts).stream()).toList();
  }
}
