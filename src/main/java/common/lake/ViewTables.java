package common.lake;

import common.metrics.View;
import java.util.stream.Stream;

/**
 * The tables that a view is answered from, one handle each.
 *
 * @param batch exact rows
 * @param speed newest rows, as the stream has them
 * @param boundary of all views; {@link Lake#BOUNDARY}
 */
public record ViewTables(View view, LakeTable batch, LakeTable speed, LakeTable boundary) {
  /** Creates what is missing, so that the unified view can be read from the first run on. */
  public void create() {
    all().forEach(LakeTable::create);
  }

  /** The same, without a look at what the tables that exist hold. */
  public void createMissing() {
    all().filter(table -> !table.exists()).forEach(LakeTable::create);
  }

  /** Whether the view was ever computed. */
  public boolean exist() {
    return batch.exists() && speed.exists();
  }

  private Stream<LakeTable> all() {
    return Stream.of(batch, speed, boundary);
  }
}
