package common.command;

import common.settings.Settings;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** The Spark session of a command, with the settings that every table and query here relies on. */
public final class Sessions {
  private Sessions() {}

  /** Whether this JVM has a session already, which then is not the command's to stop. */
  static boolean exists() {
    return SparkSession.getDefaultSession().isDefined();
  }

  /** Uses the master that the launcher named; without one, this JVM alone. */
  public static SparkSession start(String name, Settings settings) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.app.name", "lambda-analytics " + name);
    if (!conf.contains("spark.master")) {
      settings.localSpark().forEach(conf::setIfMissing);
    }

    settings.spark().forEach(conf::set);
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** Elsewhere the launcher stops it, or the session is shared and must live on (Databricks). */
  static void stop(SparkSession spark) {
    if (spark.sparkContext().isLocal()) {
      spark.stop();
    }
  }
}
