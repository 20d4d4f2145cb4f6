package serving.query;

import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** When each layer of a view last included all events that had arrived; empty for never. */
public record LayerUpdates(Optional<Instant> batch, Optional<Instant> speed) {

  /** The time for a query: the batch view's time, or the later time of the two layers. */
  Optional<Instant> of(Accuracy accuracy) {
    return switch (accuracy) {
      case exact -> batch;
      case latest, any -> Stream.concat(batch.stream(), speed.stream()).max(Instant::compareTo);
    };
  }
}
