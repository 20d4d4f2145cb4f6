package demo;

import batch.ingest.IngestReport;
import common.alerts.Alert;
import common.command.OutputFormat;
import common.metrics.View;
import common.ops.Run;
import common.ops.StreamAccount;
import common.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/**
 * The results of the demo as readable text.
 *
 * @param ingests results of ingesting the history, and then the rest
 * @param batches batch run after each ingest
 * @param speed outcomes of the records that the speed job read
 * @param unified rows of the unified view around the first boundary
 * @param alerts alerts of the view after the second batch run
 */
record DemoReport(
    List<IngestReport> ingests,
    List<Run> batches,
    StreamAccount.Split speed,
    List<Row> unified,
    List<TimedAlert> alerts) {
  private static final int ROWS_EACH_SIDE = 4;

  /**
   * An alert and its delay.
   *
   * @param delay from sending the first event of the alert's window until raising the alert; empty
   *     when only the batch layer found the alert
   */
  record TimedAlert(Alert alert, Optional<Duration> delay) {}

  /**
   * The last rows before the boundary and the first ones from the boundary on, for the key that has
   * the most such rows (the first such key if there are several).
   */
  static List<Row> around(Instant boundary, List<Row> rows) {
    List<Row> best = List.of();
    for (Object key : rows.stream().map(row -> row.get(0)).distinct().toList()) {
      List<Row> ofKey = rows.stream().filter(row -> row.get(0).equals(key)).toList();
      int split =
          (int)
              ofKey.stream()
                  .filter(row -> row.<Instant>getAs(View.WINDOW_START).isBefore(boundary))
                  .count();
      int from = Math.max(0, split - ROWS_EACH_SIDE);
      int to = Math.min(ofKey.size(), split + ROWS_EACH_SIDE);
      if (to - from > best.size()) {
        best = ofKey.subList(from, to);
      }
    }

    return best;
  }

  void print(Settings settings, View view, PrintWriter out) throws IOException {
    out.printf("%nRecords%n");
    out.printf(
        "  %-18s %9s %9s %9s %9s %9s%n", "", "read", "counted", "duplicate", "late", "rejected");
    long readSoFar = 0;
    long rejectedSoFar = 0;
    for (int run = 0; run < batches.size(); run++) {
      readSoFar += ingests.get(run).read();
      rejectedSoFar += ingests.get(run).rejected();
      Run batch = batches.get(run);
      String name = run == 0 ? "batch, history" : "batch, all";
      line(
          out,
          name,
          readSoFar,
          batch.counts().events(),
          batch.counts().duplicates(),
          0,
          rejectedSoFar);
    }

    line(
        out,
        "speed, all",
        speed.read(),
        speed.counted(),
        speed.duplicate(),
        speed.late(),
        speed.rejected());

    out.printf("%nQuarantine%s%n", rejections().isEmpty() ? ": empty" : "");
    rejections().forEach((reason, count) -> out.printf("  %,9d  %s%n", count, reason));

    Instant boundary = batches.get(0).output().boundary().orElse(Instant.EPOCH);
    out.printf("%nBoundary of %s: %s%n", view.name(), boundary);
    out.printf("%nUnified view: batch before the boundary, speed from the boundary on%n");
    String[] columns = unified.isEmpty() ? new String[0] : unified.get(0).schema().fieldNames();
    OutputFormat.table.print(columns, unified.iterator(), out);
    printAlerts(view, out);
    out.printf(
        "%nAfter the second batch run, which also counts the %,d late events, the boundary is %s%n",
        speed.late(), batches.get(1).output().boundary().map(Instant::toString).orElse("none"));
    out.printf(
        "Lake: %1$s   (scripts/submit.sh query --view %2$s -D lake.root=%3$s)%n"
            + "Web page: scripts/submit.sh serve -D lake.root=%3$s%n",
        settings.lakeRoot(), view.name(), ShellWord.of(settings.lakeRoot()));
  }

  private void printAlerts(View view, PrintWriter out) {
    if (view.levels().isEmpty()) {
      return;
    }

    out.printf("%nAlerts%s%n", alerts.isEmpty() ? ": none" : "");
    for (TimedAlert timed : alerts) {
      Alert alert = timed.alert();
      out.printf(
          Locale.ROOT,
          "  %s %s since %s, %s %.1f: %s%s, %s by the exact rows%n",
          alert.subject().level(),
          alert.subject().keyText(),
          alert.since().start(),
          alert.reading().measure(),
          alert.reading().value().orElse(Double.NaN),
          timed
              .delay()
              .map(
                  delay ->
                      String.format(
                          Locale.ROOT,
                          "raised %.1f s after its first event was sent, ",
                          delay.toMillis() / 1000.0))
              .orElse(""),
          alert.state(),
          alert.verdict().map(Enum::name).orElse("not reviewed yet"));
    }
  }

  private Map<String, Long> rejections() {
    Map<String, Long> all = new TreeMap<>();
    for (IngestReport ingest : ingests) {
      ingest.rejections().forEach((reason, count) -> all.merge(reason, count, Long::sum));
    }

    return all;
  }

  private static void line(
      PrintWriter out,
      String name,
      long read,
      long counted,
      long duplicate,
      long late,
      long rejected) {
    out.printf(
        "  %-18s %,9d %,9d %,9d %,9d %,9d%n", name, read, counted, duplicate, late, rejected);
  }
}
