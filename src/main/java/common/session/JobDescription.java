package common.session;

import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What the Spark UI shows as the description of jobs and SQL queries. It belongs to the thread that
 * submits them; threads that it starts inherit it, and each may set its own. When the block ends,
 * also with an exception, the thread has the description that it had before. The job group is left
 * alone: Spark stops the jobs of a streaming query by theirs.
 */
public final class JobDescription {
  private static final String PROPERTY = "spark.job.description";

  private JobDescription() {}

  /** Runs a block whose jobs have this description. */
  public static <T> T during(SparkSession spark, String description, Supplier<T> block) {
    String before = replace(spark, description);
    try {
      return block.get();
    } finally {
      replace(spark, before);
    }
  }

  /** Gives the thread another description, and returns the one that it had; null for none. */
  static String replace(SparkSession spark, String description) {
    SparkContext context = spark.sparkContext();
    String before = context.getLocalProperty(PROPERTY);
    context.setLocalProperty(PROPERTY, description);
    return before;
  }

  public static void during(SparkSession spark, String description, Runnable block) {
    during(spark, description, returningNothing(block));
  }

  /**
   * Runs a block that is one step of what the present description says: its jobs are described as
   * {@code DESCRIPTION: STEP}.
   */
  public static <T> T step(SparkSession spark, String step, Supplier<T> block) {
    return during(spark, described(spark, step), block);
  }

  public static void step(SparkSession spark, String step, Runnable block) {
    step(spark, step, returningNothing(block));
  }

  private static String described(SparkSession spark, String step) {
    return Optional.ofNullable(spark.sparkContext().getLocalProperty(PROPERTY))
        .map(description -> description + ": " + step)
        .orElse(step);
  }

  private static Supplier<Void> returningNothing(Runnable block) {
    return () -> {
      block.run();
      return null;
    };
  }
}
