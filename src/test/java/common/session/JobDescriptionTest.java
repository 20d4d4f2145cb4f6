package common.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import testing.JobDescriptions;
import testing.TestSpark;

class JobDescriptionTest {
  private final SparkSession spark = TestSpark.session();
  private final JobDescriptions seen = JobDescriptions.listen();

  @AfterEach
  void stopListening() {
    seen.close();
  }

  @Test
  void aBlockDescribesItsJobsAndAStepAddsToIt() throws Exception {
    JobDescription.during(
        spark,
        "outer",
        () -> {
          job();
          JobDescription.step(spark, "inner", this::job);
          JobDescription.during(spark, "another", this::job);
          job();
        });
    JobDescription.step(spark, "alone", this::job);
    job();

    assertThat(descriptions())
        .containsExactly("outer", "outer: inner", "another", "outer", "alone", "none");
  }

  @Test
  void theEarlierDescriptionComesBackAfterAnException() throws Exception {
    assertThatThrownBy(
            () ->
                JobDescription.during(
                    spark,
                    "failing",
                    () -> {
                      throw new IllegalStateException("failed");
                    }))
        .hasMessage("failed");
    job();

    assertThat(descriptions()).containsExactly("none");
  }

  @Test
  void anotherThreadHasItsOwnDescription() throws Exception {
    JobDescription.during(
        spark,
        "first",
        () -> {
          CompletableFuture.runAsync(
                  () -> JobDescription.during(spark, "second", this::job),
                  task -> new Thread(task).start())
              .join();
          job();
        });

    assertThat(descriptions()).containsExactly("second", "first");
  }

  private void job() {
    spark.range(3).toJavaRDD().count();
  }

  private List<String> descriptions() throws Exception {
    return seen.all().stream().map(description -> description.orElse("none")).toList();
  }
}
