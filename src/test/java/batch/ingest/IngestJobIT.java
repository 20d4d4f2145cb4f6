package batch.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.event.EventSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.JobDescriptions;
import testing.Records;
import testing.TestLake;

class IngestJobIT {
  private static final String ONE = Records.event("1", "d", "2026-01-31T10:00:00Z", 1);
  private static final String TWO = Records.event("2", "d", "2026-01-31T10:01:00Z", 2);

  @TempDir private Path folder;
  private Path inbox;
  private TestLake lake;

  @BeforeEach
  void emptyLake() throws IOException {
    inbox = Files.createDirectory(folder.resolve("in box [1]"));
    lake = new TestLake(folder.resolve("lake"));
  }

  @Test
  void linesBecomeEventsOrQuarantineRows() throws Exception {
    write("a.jsonl", "\uFEFF" + ONE + "\r\n\n  \nnot json\n" + TWO);

    IngestReport report = ingest(FileFormat.json);

    assertThat(report.accepted()).isEqualTo(2);
    assertThat(report.rejections()).containsExactly(Map.entry("malformed-json", 1L));
    assertThat(masterBodies()).containsExactlyInAnyOrder(ONE, TWO);
    Row rejected = lake.lake().quarantine().read().first();
    assertThat(rejected.<byte[]>getAs(EventSchema.BODY)).isEqualTo("not json".getBytes(UTF_8));
    assertThat(rejected.<Long>getAs(EventSchema.OFFSET)).isEqualTo(4);
    assertThat(rejected.<String>getAs(EventSchema.FILE)).endsWith("/in box [1]/a.jsonl");
    assertThat(rejected.<Object>getAs(EventSchema.INGESTED_AT)).isNotNull();
  }

  @Test
  void everySparkJobSaysWhatItIsFor() throws Exception {
    write("a.jsonl", ONE + "\nnot json");

    try (JobDescriptions jobs = JobDescriptions.listen()) {
      ingest(FileFormat.json);

      assertThat(jobs.all())
          .isNotEmpty()
          .allSatisfy(
              description ->
                  assertThat(description)
                      .hasValueSatisfying(
                          text ->
                              assertThat(text).containsPattern("^(Delta: )?(ingest|ledger): ")));
      for (String table : List.of("events", "quarantine")) {
        assertThat(jobs.all())
            .anySatisfy(
                description ->
                    assertThat(description.orElseThrow())
                        .startsWith("ingest: micro-batch 0: append to ")
                        .endsWith("/master/" + table));
      }
    }
  }

  @Test
  void bytesThatAreNotTextAreKeptAsTheyCame() throws Exception {
    byte[] bytes = "{\"deviceId\":\"\u00e9\u0000\"}".getBytes(ISO_8859_1);
    Files.write(inbox.resolve("a.jsonl"), bytes);

    ingest(FileFormat.json);

    assertThat(lake.lake().quarantine().read().first().<byte[]>getAs(EventSchema.BODY))
        .isEqualTo(bytes);
  }

  @Test
  void aFileIsTakenOnceAndANewOneByTheNextRun() throws Exception {
    write("a.jsonl", ONE);
    ingest(FileFormat.json);
    Files.createDirectory(inbox.resolve("sub"));
    write("sub/b.jsonl", TWO);

    assertThat(ingest(FileFormat.json).read()).isEqualTo(1);
    assertThat(ingest(FileFormat.json).read()).isZero();
    assertThat(masterBodies()).containsExactlyInAnyOrder(ONE, TWO);
  }

  @Test
  void anOldFileThatComesLaterIsTakenToo() throws Exception {
    write("new.jsonl", ONE);
    ingest(FileFormat.json);
    write("old.jsonl", TWO);
    assertThat(inbox.resolve("old.jsonl").toFile().setLastModified(1_000_000_000_000L)).isTrue();

    assertThat(ingest(FileFormat.json).accepted()).isEqualTo(1);
  }

  @Test
  void aBatchThatRunsAgainAddsNothing() throws Exception {
    write("a.jsonl", ONE + "\nnot json");
    ingest(FileFormat.json);
    removeLastCommit();

    IngestReport again = ingest(FileFormat.json);

    assertThat(masterBodies()).containsExactly(ONE);
    assertThat(lake.lake().quarantine().read().select("body").collectAsList()).hasSize(1);
    assertThat(again.accepted()).isEqualTo(1);
    assertThat(again.rejections()).containsExactly(Map.entry("malformed-json", 1L));
  }

  @Test
  void aBatchKilledBetweenItsTwoTablesIsCompletedByTheNextRun() throws Exception {
    write("a.jsonl", ONE + "\nnot json");
    ingest(FileFormat.json);
    removeLastCommit();
    Path log = folder.resolve("lake/master/quarantine/_delta_log");
    Files.delete(log.resolve("00000000000000000001.json"));
    Files.deleteIfExists(log.resolve("00000000000000000001.crc"));
    // Delta has cached the table state read under the old path.
    lake = lake.copy(folder.resolve("restarted"));

    IngestReport again = ingest(FileFormat.json);

    assertThat(masterBodies()).containsExactly(ONE);
    assertThat(lake.lake().quarantine().read().select("body").collectAsList()).hasSize(1);
    assertThat(again.read()).isEqualTo(2);
  }

  @Test
  void anEmptyFileIsNoEvents() throws Exception {
    write("empty.jsonl", "");

    assertThat(ingest(FileFormat.json).read()).isZero();
  }

  @Test
  void aTruncatedFileIsRefusedWholeUntilItIsReplaced() throws Exception {
    byte[] whole = gzip((ONE + "\n").repeat(2000) + TWO);
    Path file = inbox.resolve("a.jsonl.gz");
    Files.write(file, Arrays.copyOf(whole, whole.length - 20));

    assertThatThrownBy(() -> ingest(FileFormat.json))
        .hasRootCauseInstanceOf(IOException.class)
        .hasStackTraceContaining("a.jsonl.gz")
        .hasStackTraceContaining("none of it was ingested");
    assertThat(masterBodies()).isEmpty();

    Files.write(file, whole);
    assertThat(ingest(FileFormat.json).accepted()).isEqualTo(2001);
  }

  @Test
  void aDamagedFileThatIsMovedAwayNoLongerHoldsUpTheOthers() throws Exception {
    Path damaged = inbox.resolve("a.jsonl.gz");
    Files.write(damaged, "not gzip".getBytes(UTF_8));
    write("b.jsonl", ONE);
    assertThatThrownBy(() -> ingest(FileFormat.json)).hasStackTraceContaining("a.jsonl.gz");

    Files.delete(damaged);

    assertThat(ingest(FileFormat.json).accepted()).isEqualTo(1);
  }

  @Test
  void csvCellsBecomeFieldsOfTheirColumns() throws Exception {
    write(
        "a.csv",
        """
        eventId,deviceId,eventTimestamp,temperature,revenue,note
        1,"d, one",2026-01-31T10:00:00Z,21.5,12.34,"said ""hi\"""
        2,d,2026-01-31T10:00:00Z,,,
        3,d,2026-01-31T10:00:00Z,warm,,
        4,d
        """);

    IngestReport report = ingest(FileFormat.csv);

    assertThat(report.rejections())
        .containsExactly(
            java.util.Map.entry("malformed-record", 1L), java.util.Map.entry("wrong-type", 1L));
    assertThat(masterBodies())
        .containsExactlyInAnyOrder(
            "{\"eventId\":\"1\",\"deviceId\":\"d, one\",\"eventTimestamp\":\"2026-01-31T10:00:00Z\","
                + "\"temperature\":21.5,\"revenue\":12.34,\"note\":\"said \\\"hi\\\"\"}",
            "{\"eventId\":\"2\",\"deviceId\":\"d\",\"eventTimestamp\":\"2026-01-31T10:00:00Z\"}");
    assertThat(
            lake.lake()
                .quarantine()
                .read()
                .selectExpr("cast(body as string)")
                .as(Encoders.STRING())
                .collectAsList())
        .containsExactlyInAnyOrder("3,d,2026-01-31T10:00:00Z,warm,,", "4,d");
  }

  @Test
  void aCsvFileWithoutTheRequiredColumnsIsRefused() throws Exception {
    write("a.csv", "device,time\nd,2026-01-31T10:00:00Z\n");

    assertThatThrownBy(() -> ingest(FileFormat.csv))
        .hasStackTraceContaining("a.csv")
        .hasStackTraceContaining("must name [deviceId, eventTimestamp]");
  }

  @Test
  void captureFilesWithEventsFillTheMaster() throws Exception {
    CaptureFile.write(inbox.resolve("17.avro"), ONE, TWO, "Message 1");
    CaptureFile.write(inbox.resolve("18.avro"));
    write("notes.txt", "not avro");

    IngestReport report = ingest(FileFormat.capture);

    assertThat(report.accepted()).isEqualTo(2);
    assertThat(masterBodies()).containsExactlyInAnyOrder(ONE, TWO);
    Row rejected = lake.lake().quarantine().read().first();
    assertThat(rejected.<byte[]>getAs(EventSchema.BODY)).isEqualTo("Message 1".getBytes(UTF_8));
    assertThat(rejected.<Long>getAs(EventSchema.OFFSET)).isEqualTo(102);
    assertThat(rejected.<Object>getAs(EventSchema.RECORD_TIME)).hasToString("2018-12-07T22:22:49Z");
  }

  @Test
  void aTruncatedCaptureFileIsRefusedWholeUntilItIsReplaced() throws Exception {
    Path file = inbox.resolve("17.avro");
    CaptureFile.write(file, ONE, TWO);
    byte[] whole = Files.readAllBytes(file);
    for (int missing : List.of(1, 20, 200)) {
      Files.write(file, Arrays.copyOf(whole, whole.length - missing));
      assertThatThrownBy(() -> ingest(FileFormat.capture))
          .as("%d bytes missing", missing)
          .hasStackTraceContaining("17.avro in full");
    }

    Files.write(file, whole);
    assertThat(ingest(FileFormat.capture).accepted()).isEqualTo(2);
  }

  @Test
  void linesOfCsvFilesWithOtherHeadersAreOtherEvents() throws Exception {
    write("a.csv", "deviceId,eventTimestamp,temperature\nd,2026-01-31T10:00:00Z,1\n");
    write("b.csv", "deviceId,eventTimestamp,energyConsumed\nd,2026-01-31T10:00:00Z,1\n");

    ingest(FileFormat.csv);

    assertThat(lake.lake().master().read().select("event_key").distinct().count()).isEqualTo(2);
  }

  @Test
  void csvNumbersThatJsonCannotHoldAreRejectedForWhatTheyAre() throws Exception {
    write(
        "a.csv",
        """
        deviceId,eventTimestamp,temperature
        d,2026-01-31T10:00:00Z,+.5
        d,2026-01-31T10:00:00Z,7.
        d,2026-01-31T10:00:00Z,NaN
        d,2026-01-31T10:00:00Z,1e9999999999
        d,2026-01-31T10:00:00Z,"1
        """);

    IngestReport report = ingest(FileFormat.csv);

    assertThat(report.accepted()).isEqualTo(2);
    assertThat(report.rejections())
        .containsExactly(
            java.util.Map.entry("malformed-record", 1L), java.util.Map.entry("not-finite", 2L));
  }

  @Test
  void daysBeforeTheGregorianCalendarStayWhatTheyAre() throws Exception {
    write("a.jsonl", Records.event("1", "d", "1582-10-10T00:00:00Z", 1));

    ingest(FileFormat.json);

    assertThat(
            lake.lake()
                .master()
                .read()
                .selectExpr("cast(event_date as string)")
                .first()
                .getString(0))
        .isEqualTo("1582-10-10");
  }

  @Test
  void anAvroFileThatIsNotFromCaptureIsRefused() throws Exception {
    CaptureFile.writeWithoutBody(inbox.resolve("17.avro"));

    assertThatThrownBy(() -> ingest(FileFormat.capture))
        .hasStackTraceContaining("not from Event Hubs Capture");
  }

  @Test
  void aMissingFolderIsAFailureThatNamesIt() {
    assertThatThrownBy(
            () ->
                new IngestJob(lake.spark(), lake.settings())
                    .drain(new IngestSource.Files(folder + "/none", FileFormat.json)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("none");
  }

  private IngestReport ingest(FileFormat format) throws Exception {
    return new IngestJob(lake.spark(), lake.settings())
        .drain(new IngestSource.Files(inbox.toString(), format));
  }

  private List<String> masterBodies() {
    return lake.lake().master().read().select("body").as(Encoders.STRING()).collectAsList();
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(inbox.resolve(name), text);
  }

  /** Simulates a kill of the last micro-batch between its writes and its commit. */
  private void removeLastCommit() throws IOException {
    try (var files = Files.walk(folder.resolve("lake/checkpoints"))) {
      Path commit = files.filter(file -> file.endsWith("commits/0")).findFirst().orElseThrow();
      Files.delete(commit);
      Files.deleteIfExists(commit.resolveSibling(".0.crc"));
    }
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(UTF_8));
    }

    return bytes.toByteArray();
  }
}
