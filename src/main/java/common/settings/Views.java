package common.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import common.ErrorCode;
import common.Failure;
import common.metrics.View;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The views of a configuration, by name. Each is read and validated on first use: parsing SQL
 * expressions loads a large part of Spark, which commands without views do not need.
 */
public final class Views {
  private final Config tree;
  private final Set<String> names;
  private final Map<String, View> read = new ConcurrentHashMap<>();

  /**
   * Views that are read when they are first asked for.
   *
   * @param tree the tree under {@code views}
   */
  public Views(Config tree) {
    this.tree = tree;
    names = new TreeSet<>(tree.root().keySet());
  }

  /**
   * The view of that name.
   *
   * @throws Failure listing the known views, or naming the invalid key of this view
   */
  public View named(String name) {
    if (!names.contains(name)) {
      throw new Failure(
          ErrorCode.VIEW_UNKNOWN, "Unknown view '%s': expected one of %s".formatted(name, names));
    }

    try {
      return read.computeIfAbsent(name, unread -> ViewReader.read(unread, tree));
    } catch (ConfigException invalid) {
      throw ConfigTree.failure(ErrorCode.VIEW_INVALID, invalid);
    }
  }

  /**
   * All views, ordered by name.
   *
   * @throws Failure naming the invalid key of a view
   */
  public Collection<View> all() {
    return names.stream().map(this::named).toList();
  }
}
