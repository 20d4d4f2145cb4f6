package batch.alerts;

import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Windows that start at or after {@code from} and before {@code to}. */
record Span(Instant from, Instant to) implements Serializable {
  boolean contains(Instant start) {
    return !start.isBefore(from) && start.isBefore(to);
  }

  /** This span, limited to windows that start in the other span; may be empty. */
  Stream<Span> within(Span limit) {
    Span common =
        new Span(
            from.isBefore(limit.from) ? limit.from : from, to.isAfter(limit.to) ? limit.to : to);
    return common.from.isBefore(common.to) ? Stream.of(common) : Stream.empty();
  }

  /** Sorted, with overlapping and adjacent spans merged. */
  static List<Span> merged(Stream<Span> spans) {
    List<Span> merged = new ArrayList<>();
    for (Span span : spans.sorted(Comparator.comparing(Span::from)).toList()) {
      Span last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      if (last != null && !span.from.isAfter(last.to)) {
        merged.set(
            merged.size() - 1, new Span(last.from, span.to.isAfter(last.to) ? span.to : last.to));
      } else {
        merged.add(span);
      }
    }

    return merged;
  }
}
