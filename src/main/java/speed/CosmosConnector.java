package speed;

import org.apache.spark.package$;
import scala.util.Properties$;

/** Which connector goes with which Spark. */
final class CosmosConnector {
  private static final String VERSION = "4.50.0";

  private CosmosConnector() {}

  /** Maven coordinates for the Spark that this JVM runs. */
  static String coordinates() {
    String spark = package$.MODULE$.SPARK_VERSION();
    String scala = Properties$.MODULE$.versionNumberString();
    return "com.azure.cosmos.spark:azure-cosmos-spark_%s_%s:%s"
        .formatted(firstTwo(spark).replace('.', '-'), firstTwo(scala).replace('.', '-'), VERSION);
  }

  private static String firstTwo(String version) {
    return version.replaceFirst("^(\\d+\\.\\d+).*$", "$1");
  }
}
