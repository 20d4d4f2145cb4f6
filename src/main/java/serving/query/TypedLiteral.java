package serving.query;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import common.Failure;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** A value of a request as a Spark literal; never SQL. */
final class TypedLiteral {
  private static final String TEXT = "text";
  private static final StructType SCHEMA = new StructType().add(TEXT, DataTypes.StringType);

  private TypedLiteral() {}

  /**
   * Converts a text to the type of the column to compare.
   *
   * @throws Failure when the text is not a value of that type; a cast would yield null
   */
  static Column of(String text, String column, Dataset<Row> rows) {
    DataType type = rows.schema().apply(column).dataType();
    if (type.equals(DataTypes.StringType)) {
      return lit(text);
    }

    // Spark computes this on the driver, without a job.
    Row value =
        rows.sparkSession()
            .createDataFrame(List.of(RowFactory.create(text)), SCHEMA)
            .select(col(TEXT).cast(type))
            .first();
    if (value.isNullAt(0)) {
      throw QueryFailures.wrongType();
    }

    return lit(value.get(0)).cast(type);
  }
}
