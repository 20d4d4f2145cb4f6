package common.session;

import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * A session setting that applies while a block runs, for commands that have no option for it. Other
 * threads of the session see the setting too. When the block ends, even with an exception, the
 * previous value is restored; a setting that had none is unset.
 */
public final class SessionSetting {
  private SessionSetting() {}

  /** Code that runs under a setting. */
  public interface Block<T, E extends Exception> {
    T run() throws E;
  }

  /** Runs a block under a setting. */
  public static <T, E extends Exception> T during(
      SparkSession spark, String name, String value, Block<T, E> block) throws E {
    RuntimeConfig settings = spark.conf();
    // getOption would return the default of a setting that is not set.
    Option<String> before = settings.getAll().get(name);
    settings.set(name, value);
    try {
      return block.run();
    } finally {
      if (before.isDefined()) {
        settings.set(name, before.get());
      } else {
        settings.unset(name);
      }
    }
  }

  public static void during(SparkSession spark, String name, String value, Runnable block) {
    during(
        spark,
        name,
        value,
        () -> {
          block.run();
          return null;
        });
  }
}
