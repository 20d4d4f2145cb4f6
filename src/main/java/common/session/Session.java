package common.session;

import common.settings.Settings;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * The Spark session of a command, with the settings that every table and query here relies on. It
 * starts when it is first asked for: what small tables and the logs of large ones can answer needs
 * none.
 *
 * <p>Where the JVM has a session already (Databricks, tests), the command gets one beside it, which
 * shares its context and none of its settings. Closing stops what was started here, on this machine
 * alone; elsewhere the launcher stops it.
 */
public final class Session implements AutoCloseable {
  private final String name;
  private final Map<String, String> settings;
  private final Map<String, String> localSettings;
  private Optional<SparkSession> previous = Optional.empty();
  private SparkSession spark;

  private Session(String name, Map<String, String> settings, Map<String, String> localSettings) {
    this.name = name;
    this.settings = settings;
    this.localSettings = localSettings;
  }

  /** The session of a command with that name, not started yet. */
  public static Session of(String name, Settings settings) {
    return new Session(name, settings.spark(), settings.localSpark());
  }

  /** A session that runs already, and that is not this object's to stop. */
  public static Session running(SparkSession spark) {
    Session session = new Session("", Map.of(), Map.of());
    session.previous = Optional.of(spark);
    session.spark = spark;
    return session;
  }

  /** Uses the master that the launcher named; without one, this JVM alone. */
  public synchronized SparkSession spark() {
    if (spark == null) {
      Option<SparkSession> active = SparkSession.getDefaultSession();
      if (active.isDefined() && !active.get().sparkContext().isStopped()) {
        previous = Optional.of(active.get());
        SparkSession.setActiveSession(active.get().newSession());
      }

      spark = SparkSession.builder().config(conf()).getOrCreate();
    }

    return spark;
  }

  /**
   * How to reach storage. On this machine that is known without a session; a cluster's launcher may
   * add credentials when one starts.
   */
  public synchronized Configuration hadoop() {
    boolean known = spark == null && !new SparkConf().contains("spark.master");
    return known
        ? SparkHadoopUtil.get().newConfiguration(conf())
        : spark().sparkContext().hadoopConfiguration();
  }

  @Override
  public synchronized void close() {
    if (spark == null) {
      return;
    }

    if (previous.isPresent()) {
      SparkSession.setActiveSession(previous.get());
    } else if (spark.sparkContext().isLocal()) {
      spark.stop();
    }

    spark = null;
  }

  private SparkConf conf() {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.app.name", "lambda-analytics " + name);
    if (!conf.contains("spark.master")) {
      new TreeMap<>(localSettings).forEach(conf::setIfMissing);
    }

    settings.forEach(conf::set);
    return conf;
  }
}
