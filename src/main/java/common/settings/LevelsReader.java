package common.settings;

import static common.settings.ViewReader.require;
import static common.settings.ViewReader.requireKeys;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import common.metrics.Levels;
import common.metrics.Levels.Alerting;
import common.metrics.Levels.On;
import common.metrics.Levels.Rule;
import common.metrics.Measure;
import common.metrics.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads and validates the anomaly levels of a view; {@code reference.conf} shows the syntax. */
final class LevelsReader {
  private static final String LEVEL = "[A-Za-z][A-Za-z0-9_]*";

  private LevelsReader() {}

  /**
   * The levels.
   *
   * @param key full key, for error messages
   * @param columns the columns that conditions may name
   * @throws ConfigException naming the invalid key
   */
  static Levels read(String key, Config config, Collection<String> columns) {
    requireKeys(key, config.root(), "column", "otherwise", "rules", "for", "cooldown", "on");
    String column = config.getString("column");
    require(
        column.matches(ViewReader.NAME) && !column.contains("__"),
        key + ".column",
        "a name: a lower-case letter, then lower-case letters, digits and single _");
    String otherwise = level(key + ".otherwise", config.getString("otherwise"));
    Set<String> taken = new HashSet<>(Set.of(otherwise));
    List<Rule> rules = new ArrayList<>();
    for (Config rule : config.getConfigList("rules")) {
      String ruleKey = "%s.rules[%d]".formatted(key, rules.size());
      rules.add(rule(ruleKey, rule, columns));
      String level = rules.get(rules.size() - 1).level();
      require(taken.add(level), ruleKey + ".level", "each level once, found " + level + " again");
    }

    require(!rules.isEmpty(), key + ".rules", "at least one rule");
    return new Levels(column, otherwise, rules, alerting(key, config));
  }

  /**
   * Rejects a comparison with the baseline of something that is not a measure, or with something
   * that is not a number.
   *
   * @throws ConfigException naming the rule
   */
  static void requireMeasures(String key, Levels levels, List<Measure> measures) {
    List<String> names = measures.stream().map(Measure::name).toList();
    for (int i = 0; i < levels.rules().size(); i++) {
      String ruleKey = "%s.rules[%d]".formatted(key, i);
      List<String> compared = levels.rules().get(i).baselineMeasures().toList();
      require(
          levels.rules().get(i).hasValidComparisons(),
          ruleKey,
          "deviates(MEASURE, FACTOR) or deviates(MEASURE, FACTOR, FLOOR), where FACTOR and FLOOR are numbers of at least 0");
      require(
          names.containsAll(compared),
          ruleKey,
          "deviates(...) of measures of the view %s, found %s".formatted(names, compared));
    }
  }

  private static Rule rule(String key, Config config, Collection<String> columns) {
    requireKeys(key, config.root(), "level", "when", "severity", "clear");
    Optional<String> clear =
        config.hasPath("clear")
            ? Optional.of(
                SqlExpression.validated(key + ".clear", config.getString("clear"), columns))
            : Optional.empty();
    return new Rule(
        level(key + ".level", config.getString("level")),
        SqlExpression.validated(key + ".when", config.getString("when"), columns),
        oneOf(key + ".severity", config.getString("severity"), Severity.values()),
        clear);
  }

  private static Alerting alerting(String key, Config config) {
    int windows = config.hasPath("for") ? config.getInt("for") : 1;
    require(windows >= 1, key + ".for", "a number of windows, at least 1");
    Duration cooldown =
        config.hasPath("cooldown") ? ConfigTree.duration(config, "cooldown") : Duration.ZERO;
    require(!cooldown.isNegative(), key + ".cooldown", "a duration, zero or more");
    On on =
        config.hasPath("on") ? oneOf(key + ".on", config.getString("on"), On.values()) : On.close;
    return new Alerting(windows, cooldown, on);
  }

  private static String level(String key, String name) {
    require(name.matches(LEVEL), key, "a name: a letter, then letters, digits and _");
    return name;
  }

  private static <E extends Enum<E>> E oneOf(String key, String value, E[] constants) {
    List<String> known = Arrays.stream(constants).map(Enum::name).toList();
    require(known.contains(value), key, "one of " + known);
    return constants[known.indexOf(value)];
  }
}
