package serving.query;

import common.ops.StreamAccount.Split;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Totals of several micro-batches in the ledger.
 *
 * @param split outcomes of the records of micro-batches with known counts
 * @param unknown number of offsets of the other micro-batches, which a killed job left without
 *     counts
 * @param outOfOrder see {@link common.ops.StreamAccount.Observed}; empty if no micro-batch observed
 *     this count
 */
public record LedgerCounts(
    long microBatches, Split split, long unknown, Optional<Long> outOfOrder) {

  public LedgerCounts plus(LedgerCounts other) {
    return new LedgerCounts(
        microBatches + other.microBatches,
        split.plus(other.split),
        unknown + other.unknown,
        Stream.of(outOfOrder, other.outOfOrder).flatMap(Optional::stream).reduce(Long::sum));
  }
}
