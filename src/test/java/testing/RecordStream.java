package testing;

import common.event.EventSchema;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.streaming.MemoryStream;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** A source of records that a test fills. */
public final class RecordStream {
  private final MemoryStream<Row> memory =
      new MemoryStream<>(
          1, TestSpark.session().sqlContext(), Option.empty(), Encoders.row(EventSchema.RECORD));

  public Dataset<Row> records() {
    return memory.toDF();
  }

  /** Adds records, all of which the next micro-batch reads. */
  public void add(List<String> bodies) {
    memory.addData(CollectionConverters.asScala(Records.rows(bodies)).toSeq());
  }
}
