package testing;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;

/** Records the description of each Spark job that starts. */
public final class JobDescriptions extends SparkListener implements AutoCloseable {
  private final List<Optional<String>> ofJobs = new CopyOnWriteArrayList<>();

  private JobDescriptions() {}

  public static JobDescriptions listen() {
    JobDescriptions descriptions = new JobDescriptions();
    TestSpark.session().sparkContext().addSparkListener(descriptions);
    return descriptions;
  }

  @Override
  public void onJobStart(SparkListenerJobStart job) {
    ofJobs.add(Optional.ofNullable(job.properties().getProperty("spark.job.description")));
  }

  /** The descriptions in job order; empty for a job without a description. */
  public List<Optional<String>> all() throws Exception {
    TestSpark.session().sparkContext().listenerBus().waitUntilEmpty();
    return ofJobs;
  }

  @Override
  public void close() {
    TestSpark.session().sparkContext().removeSparkListener(this);
  }
}
