package speed.sink.cosmos;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.apache.spark.package$;
import scala.util.Properties$;

/** The connector version for each Spark version, from {@code cosmos-connector.properties}. */
final class CosmosConnector {
  private static final String LIST = "/cosmos-connector.properties";

  private CosmosConnector() {}

  /** Maven coordinates for the Spark version that this JVM runs. */
  static String coordinates() {
    return coordinates(package$.MODULE$.SPARK_VERSION(), Properties$.MODULE$.versionNumberString());
  }

  static String coordinates(String spark, String scala) {
    String engine = firstTwo(spark) + "_" + firstTwo(scala);
    return list()
        .getProperty(engine, "the connector for Spark %s and Scala %s".formatted(spark, scala));
  }

  private static Properties list() {
    Properties list = new Properties();
    try (InputStream in = CosmosConnector.class.getResourceAsStream(LIST)) {
      list.load(in);
    } catch (IOException damaged) {
      throw new UncheckedIOException(damaged);
    }

    return list;
  }

  private static String firstTwo(String version) {
    return version.replaceFirst("^(\\d+\\.\\d+).*$", "$1");
  }
}
