package serving.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import common.session.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.query.Layers;
import serving.query.LedgerStatement;
import serving.query.QueryEngine;
import serving.query.RowFilter;
import serving.query.RowRequest;
import testing.TestLake;

/** The conditions under which a server reports readiness. */
class ReadinessTest {
  @TempDir private Path folder;
  private int port;

  @BeforeEach
  void choosePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
  }

  @Test
  void aServerIsReadyOnceItsEngineIsPrepared() throws Exception {
    List<Integer> meanwhile = new ArrayList<>();
    QueryEngine engine = new Preparation(() -> meanwhile.add(readiness()));

    try (LakeServer server = start(engine)) {
      assertThat(server.port()).isEqualTo(port);
      assertThat(meanwhile).containsExactly(503);
      assertThat(readiness()).isEqualTo(200);
    }
  }

  @Test
  void storageThatCannotBeReadStopsTheServer() {
    UncheckedIOException unreachable = new UncheckedIOException(new IOException("unreachable"));
    QueryEngine engine =
        new Preparation(
            () -> {
              throw unreachable;
            });

    assertThatThrownBy(() -> start(engine)).isSameAs(unreachable);
    assertThatThrownBy(this::readiness).hasCauseInstanceOf(ConnectException.class);
  }

  private LakeServer start(QueryEngine engine) {
    TestLake lake = new TestLake(folder);
    return LakeServer.start(
        Session.running(lake.spark()), lake.settings(), "127.0.0.1", port, engine);
  }

  private int readiness() {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/readyz".formatted(port)))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException | InterruptedException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** An engine that can only be prepared. */
  private record Preparation(Runnable preparation) implements QueryEngine {
    @Override
    public void prepare(Collection<View> views) {
      preparation.run();
    }

    @Override
    public List<Row> rows(RowRequest request, Layers layers) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Row> newest(View view, RowFilter key, Layers layers) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Extent> extent(View view, Layers layers) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<LedgerStatement.Totals> ledger(
        List<DataFile> files, Instant from, Duration interval) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
