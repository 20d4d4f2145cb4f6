package common.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueType;
import common.event.EventSchema;
import common.metrics.Levels;
import common.metrics.Measure;
import common.metrics.MeasureKind;
import common.metrics.View;
import common.metrics.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads and validates one view; {@code reference.conf} shows the syntax. */
final class ViewReader {
  static final String NAME = "[a-z][a-z0-9_]*";
  private static final Set<String> RESERVED =
      Set.of(View.WINDOW_START, View.WINDOW_END, View.EVENT_DATE, View.COMPUTED_AT, View.SOURCE);

  private ViewReader() {}

  /**
   * The view of that name.
   *
   * @throws ConfigException naming the invalid key
   */
  static View read(String name, Config views) {
    String key = "views." + name;
    require(
        name.matches(NAME),
        key,
        "a name: a lower-case letter, then lower-case letters, digits and _");
    require(
        views.root().get(name).valueType() == ConfigValueType.OBJECT,
        key,
        "{ keys, window, measures }");
    try {
      return view(name, key, views.getConfig(name));
    } catch (ConfigException.Generic checked) {
      throw checked;
    } catch (ConfigException invalid) {
      throw new ConfigException.Generic(
          "Invalid %s: %s".formatted(key, invalid.getMessage()), invalid);
    }
  }

  private static View view(String name, String key, Config config) {
    requireKeys(key, config.root(), "keys", "window", "measures", "levels", "layout");
    List<String> keys = config.getStringList("keys");
    Set<String> columns = new TreeSet<>(List.of(EventSchema.EVENT.fieldNames()));
    columns.removeAll(RESERVED);
    require(!keys.isEmpty(), key + ".keys", "at least one column");
    require(columns.containsAll(keys), key + ".keys", "columns of the event: " + columns);
    require(new HashSet<>(keys).size() == keys.size(), key + ".keys", "each column once");

    Window window = window(key + ".window", config);
    List<Measure> measures = new ArrayList<>();
    Set<String> taken = new HashSet<>(RESERVED);
    taken.addAll(keys);
    for (Config measure : config.getConfigList("measures")) {
      String measureKey = "%s.measures[%d]".formatted(key, measures.size());
      measures.add(measure(measureKey, measure));
      String measured = measures.get(measures.size() - 1).name();
      require(taken.add(measured), measureKey + ".name", "an unused name, found " + measured);
    }

    require(!measures.isEmpty(), key + ".measures", "at least one measure");
    Optional<Levels> levels = Optional.empty();
    if (config.hasPath("levels")) {
      Set<String> inConditions = new TreeSet<>(taken);
      inConditions.removeAll(Set.of(View.COMPUTED_AT, View.SOURCE));
      levels =
          Optional.of(LevelsReader.read(key + ".levels", config.getConfig("levels"), inConditions));
      String column = levels.get().column();
      require(taken.add(column), key + ".levels.column", "an unused name, found " + column);
      LevelsReader.requireMeasures(key + ".levels", levels.get(), measures);
    }

    return new View(name, keys, window, measures, levels, clusterBy(key, config, keys, taken));
  }

  private static List<String> clusterBy(
      String key, Config config, List<String> keys, Set<String> columns) {
    if (!config.hasPath("layout")) {
      return Stream.concat(keys.stream(), Stream.of(View.WINDOW_START)).toList();
    }

    requireKeys(key + ".layout", config.getObject("layout"), "z-order-by");
    List<String> clusterBy = config.getStringList("layout.z-order-by");
    boolean possible = columns.containsAll(clusterBy) && !clusterBy.contains(View.EVENT_DATE);
    require(
        possible && !clusterBy.isEmpty(),
        key + ".layout.z-order-by",
        "columns of the view other than event_date, the partition column");
    return clusterBy;
  }

  private static Window window(String key, Config config) {
    if (config.getValue("window").valueType() != ConfigValueType.OBJECT) {
      return new Window.Tumbling(length(key, ConfigTree.duration(config, "window")));
    }

    Config window = config.getConfig("window");
    if (window.hasPath("session-gap")) {
      requireKeys(key, window.root(), "session-gap");
      return new Window.Session(
          length(key + ".session-gap", ConfigTree.duration(window, "session-gap")));
    }

    requireKeys(key, window.root(), "size", "slide");
    Duration size = length(key + ".size", ConfigTree.duration(window, "size"));
    if (!window.hasPath("slide")) {
      return new Window.Tumbling(size);
    }

    Duration slide = length(key + ".slide", ConfigTree.duration(window, "slide"));
    require(slide.compareTo(size) <= 0, key + ".slide", "at most the window size");
    return new Window.Hopping(size, slide);
  }

  private static Duration length(String key, Duration duration) {
    boolean wholeMillis = duration.equals(Duration.ofMillis(duration.toMillis()));
    require(wholeMillis && duration.toMillis() > 0, key, "a duration of at least 1 millisecond");
    return duration;
  }

  private static Measure measure(String key, Config config) {
    requireKeys(key, config.root(), "name", "kind", "of", "where");
    String name = config.getString("name");
    require(
        name.matches(NAME) && !name.contains("__"),
        key + ".name",
        "a name: a lower-case letter, then lower-case letters, digits and single _");
    String kindName = config.getString("kind");
    List<String> kinds = Stream.of(MeasureKind.values()).map(MeasureKind::configName).toList();
    require(kinds.contains(kindName), key + ".kind", "one of " + kinds);

    MeasureKind kind = MeasureKind.values()[kinds.indexOf(kindName)];
    String inputKey = kind == MeasureKind.COUNT_IF ? "where" : "of";
    String otherKey = kind == MeasureKind.COUNT_IF ? "of" : "where";
    require(!config.hasPath(otherKey), key + "." + otherKey, "no such key for kind " + kindName);
    if (kind == MeasureKind.COUNT && !config.hasPath(inputKey)) {
      return new Measure(name, kind, "1");
    }

    require(config.hasPath(inputKey), key + "." + inputKey, "a SQL expression");
    return new Measure(
        name,
        kind,
        SqlExpression.validated(
            key + "." + inputKey,
            config.getString(inputKey),
            List.of(EventSchema.EVENT.fieldNames())));
  }

  static void requireKeys(String key, ConfigObject object, String... known) {
    for (String name : object.keySet()) {
      require(List.of(known).contains(name), key + "." + name, "one of " + List.of(known));
    }
  }

  static void require(boolean valid, String key, String expected) {
    if (!valid) {
      throw new ConfigException.Generic("Invalid %s: expected %s".formatted(key, expected));
    }
  }
}
