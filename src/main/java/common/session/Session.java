package common.session;

import common.settings.Settings;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * The Spark session of a command, with the settings that every table and query here relies on. The
 * session starts on first use: commands that read only small tables and table logs run without
 * Spark. Jobs without a description get the command's name.
 *
 * <p>Where the JVM already has a session (Databricks, tests), the command gets a second session,
 * which shares the context but not the settings. Closing stops only a session that was started here
 * with a local master; any other session is stopped by its launcher.
 */
public final class Session implements AutoCloseable {
  private final String name;
  private final Map<String, String> settings;
  private final Map<String, String> localSettings;
  private Option<SparkSession> active = Option.empty();
  private boolean shared;
  private String description;
  private SparkSession spark;
  private Configuration hadoop;

  private Session(String name, Map<String, String> settings, Map<String, String> localSettings) {
    this.name = name;
    this.settings = settings;
    this.localSettings = localSettings;
  }

  /** A session for the command of this name, not yet started. */
  public static Session of(String name, Settings settings) {
    return new Session(name, settings.spark(), settings.localSpark());
  }

  /** A session that is already running; closing does not stop it. */
  public static Session running(SparkSession spark) {
    Session session = new Session("", Map.of(), Map.of());
    session.shared = true;
    session.active = SparkSession.getActiveSession();
    session.spark = spark;
    return session;
  }

  /** Uses the master that the launcher set; without a master, runs locally in this JVM. */
  public synchronized SparkSession spark() {
    if (spark == null) {
      active = SparkSession.getActiveSession();
      shared = exists();
      if (shared) {
        SparkSession.setActiveSession(SparkSession.getDefaultSession().get().newSession());
      }

      spark = SparkSession.builder().config(conf()).getOrCreate();
      description = JobDescription.replace(spark, name);
    }

    return spark;
  }

  /**
   * Configuration for reaching storage. With a local master, the configuration is known without a
   * session. On a cluster, the launcher may add credentials when the session starts.
   */
  public synchronized Configuration hadoop() {
    if (spark != null || exists() || new SparkConf().contains("spark.master")) {
      return spark().sparkContext().hadoopConfiguration();
    }

    if (hadoop == null) {
      hadoop = SparkHadoopUtil.get().newConfiguration(conf());
    }

    return hadoop;
  }

  @Override
  public synchronized void close() {
    if (spark == null) {
      return;
    }

    JobDescription.replace(spark, description);
    if (shared && active.isDefined()) {
      SparkSession.setActiveSession(active.get());
    } else if (shared) {
      SparkSession.clearActiveSession();
    } else if (spark.sparkContext().isLocal()) {
      spark.stop();
      // Otherwise, SQL that is parsed before the next session starts would use the stopped session.
      SparkSession.clearActiveSession();
    }

    spark = null;
  }

  private static boolean exists() {
    Option<SparkSession> running = SparkSession.getDefaultSession();
    return running.isDefined() && !running.get().sparkContext().isStopped();
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
