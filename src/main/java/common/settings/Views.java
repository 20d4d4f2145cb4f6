package common.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import common.ErrorCode;
import common.Failure;
import common.metrics.View;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** The views of a configuration, by name. */
public final class Views {
  private final Map<String, View> byName;

  private Views(Map<String, View> byName) {
    this.byName = byName;
  }

  /**
   * Reads and checks every view.
   *
   * @param views the tree under {@code views}
   * @throws ConfigException naming the invalid key
   */
  public static Views from(Config views) {
    Map<String, View> byName = new TreeMap<>();
    for (String name : views.root().keySet()) {
      byName.put(name, ViewReader.read(name, views));
    }

    return new Views(byName);
  }

  /**
   * The view of that name.
   *
   * @throws Failure listing the known views
   */
  public View named(String name) {
    View view = byName.get(name);
    if (view == null) {
      throw new Failure(
          ErrorCode.VIEW_UNKNOWN,
          "Unknown view '%s': expected one of %s".formatted(name, byName.keySet()));
    }

    return view;
  }

  public Collection<View> all() {
    return byName.values();
  }
}
