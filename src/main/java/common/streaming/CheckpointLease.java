package common.streaming;

import common.ErrorCode;
import common.Failure;
import java.time.Instant;
import java.util.UUID;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Ownership of a checkpoint, held by the last job to claim it. The previous holder stops at its
 * next micro-batch; a claim does not wait for that.
 */
public final class CheckpointLease {
  private static final String FILE = "lambda-owner";

  private final CheckpointFiles files;
  private final String owner = UUID.randomUUID() + " " + Instant.now();

  private CheckpointLease(CheckpointFiles files) {
    this.files = files;
  }

  static CheckpointLease claim(Checkpoint checkpoint) {
    CheckpointLease lease = new CheckpointLease(checkpoint.files());
    lease.files.write(FILE, lease.owner);
    return lease;
  }

  /** The sink, which fails once another job has claimed the checkpoint. */
  public VoidFunction2<Dataset<Row>, Long> guarded(VoidFunction2<Dataset<Row>, Long> sink) {
    return (rows, batchId) -> {
      requireHeld();
      sink.call(rows, batchId);
    };
  }

  private void requireHeld() {
    String holder = files.read(FILE).orElse("nobody");
    if (!holder.equals(owner)) {
      throw new Failure(
          ErrorCode.CHECKPOINT_IN_USE,
          "Another job, started at %s, has taken over checkpoint %s: this job stops and the other continues; run one job per view"
              .formatted(holder.substring(holder.indexOf(' ') + 1), files.folder()));
    }
  }
}
