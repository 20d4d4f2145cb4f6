package serving.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatementPoolTest {
  private DuckDBConnection database;
  private StatementPool pool;

  @BeforeEach
  void start() throws Exception {
    database = DriverManager.getConnection("jdbc:duckdb:").unwrap(DuckDBConnection.class);
    pool = new StatementPool(database);
  }

  @AfterEach
  void close() throws Exception {
    pool.close();
    database.close();
  }

  @Test
  void aStatementThatIsGivenBackIsReusedForTheSameSqlWithOtherParameters() throws Exception {
    StatementPool.Pooled first = pool.take("SELECT $1");
    assertThat(result(first, "a")).isEqualTo("a");
    pool.giveBack(first);

    StatementPool.Pooled other = pool.take("SELECT $1, 2");
    StatementPool.Pooled again = pool.take("SELECT $1");
    assertThat(other).isNotSameAs(first);
    assertThat(again).isSameAs(first);
    assertThat(result(again, "b")).isEqualTo("b");
    other.close();
    again.close();
  }

  @Test
  void twoCallersNeverShareAStatement() throws Exception {
    try (StatementPool.Pooled one = pool.take("SELECT 1");
        StatementPool.Pooled two = pool.take("SELECT 1")) {
      assertThat(one).isNotSameAs(two);
      assertThat(one.connection()).isNotSameAs(two.connection());
    }
  }

  @Test
  void theStatementsUsedLongestAgoAreClosedAndAllWhenThePoolIs() throws Exception {
    List<StatementPool.Pooled> all = new ArrayList<>();
    for (int i = 0; i <= StatementPool.MOST_IDLE; i++) {
      all.add(pool.take("SELECT " + i));
    }

    for (StatementPool.Pooled statement : all) {
      pool.giveBack(statement);
    }

    assertThat(all.get(0).connection().isClosed()).isTrue();
    assertThat(all.get(1).connection().isClosed()).isFalse();
    StatementPool.Pooled lent = pool.take("SELECT 1");
    pool.close();
    assertThat(all.get(2).connection().isClosed()).isTrue();
    pool.giveBack(lent);
    assertThat(lent.connection().isClosed()).isTrue();
  }

  @Test
  void invalidSqlLeavesNoConnection() {
    assertThatThrownBy(() -> pool.take("SELEC")).isInstanceOf(SQLException.class);
  }

  private static String result(StatementPool.Pooled pooled, String parameter) throws SQLException {
    pooled.statement().setString(1, parameter);
    try (ResultSet rows = pooled.statement().executeQuery()) {
      rows.next();
      return rows.getString(1);
    }
  }
}
