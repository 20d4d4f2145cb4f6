package serving.health;

import common.ops.Run;
import common.settings.Thresholds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks the batch runs of a view: the age of the last run and of its newest event, how often runs
 * fail or conflict with other commits, and the duration, input and output of the last run that
 * computed something.
 */
record BatchRuns(Thresholds.Batch limits) implements HealthCheck {

  @Override
  public List<Finding> judge(LayerFacts facts) {
    Limit limit = new Limit(facts.view().name());
    List<Finding> findings = new ArrayList<>(List.of(age(facts, limit)));
    newestEvent(facts)
        .map(
            newest ->
                limit.atMost(
                    "data-age",
                    Duration.between(newest, facts.now()),
                    limits.dataAge(),
                    "newest event " + newest))
        .ifPresent(findings::add);
    if (facts.runs().recent() > 0) {
      findings.add(successRate(facts, limit));
      findings.add(conflicts(facts, limit));
    }

    facts.runs().computing().ifPresent(run -> findings.addAll(computing(run, limit)));
    return findings;
  }

  private Finding age(LayerFacts facts, Limit limit) {
    String boundary = facts.boundary().map(Instant::toString).orElse("none");
    return facts
        .latest()
        .map(Run::startedAt)
        .map(
            at ->
                limit.atMost(
                    "batch",
                    Duration.between(at, facts.now()),
                    limits.age(),
                    "last ran at %s; boundary %s".formatted(at, boundary)))
        .orElseGet(() -> facts.finding("batch", Light.yellow, "no run yet"));
  }

  private static Optional<Instant> newestEvent(LayerFacts facts) {
    return facts.latest().flatMap(run -> run.input().newestEvent());
  }

  private Finding successRate(LayerFacts facts, Limit limit) {
    LayerFacts.Runs runs = facts.runs();
    String last = runs.lastError().map(error -> "; last error: " + error).orElse("");
    return limit.shareAtLeast(
        "batch-success",
        1 - (double) runs.failed() / runs.recent(),
        limits.successRate(),
        "%d of the last %d runs failed%s".formatted(runs.failed(), runs.recent(), last));
  }

  private Finding conflicts(LayerFacts facts, Limit limit) {
    return limit.atMost(
        "batch-conflicts",
        facts.runs().conflicts(),
        limits.conflicts(),
        "times that one of the last %d runs was planned again after a write conflict"
            .formatted(facts.runs().recent()));
  }

  private List<Finding> computing(Run run, Limit limit) {
    String of = "%s run of %s".formatted(run.kind(), run.startedAt());
    Run.Counts counts = run.counts();
    long read = counts.events() + counts.duplicates();
    long values = counts.rows() * counts.nulls().size();
    long nulls = counts.nulls().values().stream().mapToLong(Long::longValue).sum();
    List<Finding> findings = new ArrayList<>();
    findings.add(
        limit.atMost("batch-duration", Duration.ofMillis(run.durationMs()), limits.duration(), of));
    findings.add(limit.atLeast("batch-events", counts.events(), limits.events(), of));
    if (values > 0) {
      findings.add(limit.shareAtMost("nulls", (double) nulls / values, limits.nullShare(), of));
    }

    if (read > 0) {
      findings.add(
          limit.shareAtMost(
              "duplicates", (double) counts.duplicates() / read, limits.duplicateShare(), of));
    }

    return findings;
  }
}
