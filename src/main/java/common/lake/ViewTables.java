package common.lake;

import common.metrics.View;
import java.util.stream.Stream;

/**
 * The tables that serve a view.
 *
 * @param batch exact rows
 * @param speed newest rows, as the speed job maintains them
 * @param boundary the boundaries of all views; {@link Lake#BOUNDARY}
 */
public record ViewTables(View view, LakeTable batch, LakeTable speed, LakeTable boundary) {
  /** Creates missing tables, so that the unified view can be read from the first run on. */
  public void create() {
    all().forEach(LakeTable::create);
  }

  /** Creates missing tables, without checking the existing ones. */
  public void createMissing() {
    all().filter(table -> !table.exists()).forEach(LakeTable::create);
  }

  /** Whether the view's batch and speed tables have been created. */
  public boolean exist() {
    return batch.exists() && speed.exists();
  }

  private Stream<LakeTable> all() {
    return Stream.of(batch, speed, boundary);
  }
}
