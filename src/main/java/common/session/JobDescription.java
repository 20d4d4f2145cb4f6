package common.session;

import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The description that the Spark UI shows for jobs and SQL queries. The description is local to the
 * thread that submits the jobs; child threads inherit the description, and may replace it. When the
 * block ends, even with an exception, the previous description is restored. The job group is left
 * alone: Spark uses it to cancel the jobs of a streaming query.
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

  /** Sets the thread's description, and returns the previous one; null for none. */
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
   * Runs a block as a step of the work that the current description names: its jobs are described
   * as {@code DESCRIPTION: STEP}.
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
