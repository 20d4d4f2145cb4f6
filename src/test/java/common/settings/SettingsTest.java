package common.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  @TempDir private Path folder;

  @Test
  void withoutAFileEveryKeyHasItsDefault() {
    Settings settings = Settings.load(Optional.empty(), Map.of());

    assertThat(settings.speed().lateTolerance()).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.spark()).containsEntry("spark.sql.session.timeZone", "UTC");
    assertThat(settings.views().all())
        .extracting("name")
        .containsExactly("device_daily_metrics", "device_metrics", "user_activity_summary");
  }

  @Test
  void aFileOverridesDefaultsAndASingleValueOverridesTheFile() throws IOException {
    Path conf = conf("speed { late-tolerance = 5 minutes, sinks = [a] }, kafka.topic = t1");

    Settings settings =
        Settings.load(Optional.of(conf), Map.of("kafka.topic", "t2", "speed.sinks", "[b, c]"));

    assertThat(settings.speed().lateTolerance()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.kafka().topic()).isEqualTo("t2");
    assertThat(settings.speed().sinks()).containsExactly("b", "c");
  }

  @Test
  void kafkaOptionsAndSparkSettingsKeepTheirDottedNames() throws IOException {
    Path conf = conf("kafka.options { security.protocol = SSL }, spark.sql.ansi.enabled = true");

    Settings settings = Settings.load(Optional.of(conf), Map.of());

    assertThat(settings.kafka().options()).containsEntry("security.protocol", "SSL");
    assertThat(settings.spark()).containsEntry("spark.sql.ansi.enabled", "true");
  }

  @Test
  void aRelativeLakeIsTakenFromTheWorkingFolderAndAUriAsItStands() {
    assertThat(load("lake.root", "some/lake").lakeRoot())
        .isEqualTo(Path.of("some/lake").toAbsolutePath().toString());
    assertThat(load("lake.root", "abfss://lake@account.dfs.core.windows.net/root/").lakeRoot())
        .isEqualTo("abfss://lake@account.dfs.core.windows.net/root");
  }

  @ParameterizedTest
  @CsvSource({
    "speed.late-tolerence, 1 minute, 'Unknown key ''speed.late-tolerence'''",
    "sped.late-tolerance, 1 minute, 'Unknown key ''sped'''",
    "speed.late-tolerance, soon, speed.late-tolerance",
    "speed.late-tolerance, -1 minute, speed.late-tolerance",
    "streaming.ledger-policy, ignore, streaming.ledger-policy",
    "streaming.source-policy, ignore, streaming.source-policy",
    "speed.starting-offsets, first, speed.starting-offsets",
    "ingest.max-files-per-batch, 0, ingest.max-files-per-batch",
    "ingest.max-files-per-batch, many, ingest.max-files-per-batch",
    "maintain.vacuum-retention, 167 hours, maintain.vacuum-retention",
    "kafka.topic, '', kafka.topic",
    "lake.root, wasbs://lake@account.blob.core.windows.net/root, for lake.root: expected abfss://",
    "lake.root, WASB://lake@account.blob.core.windows.net/root, for lake.root: expected abfss://",
  })
  void aWrongValueIsAUsageErrorThatNamesTheKey(String key, String value, String named) {
    assertThatThrownBy(() -> load(key, value))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(named)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource({
    "speed.ledger-policy, streaming.ledger-policy",
    "kafka.source-policy, streaming.source-policy",
  })
  void aRenamedKeyIsAUsageErrorThatGivesTheNewName(String earlier, String present) {
    assertThatThrownBy(() -> load(earlier, "warn"))
        .isInstanceOf(Failure.class)
        .hasMessage(
            "Key '%s' (--define %s: 1) has been renamed: use '%s'", earlier, earlier, present);
    assertThat(load(present, "warn").streaming().toString()).contains("warn");
  }

  @ParameterizedTest
  @CsvSource({
    "speed.redis.password, geheim",
    "kafka.options.\"ssl.keystore.password\", geheim",
    "kafka.options.\"sasl.jaas.config\", 'PlainLoginModule required username=\"u\" password=\"geheim\";'",
    "spark.\"hadoop.fs.azure.account.key.lake.dfs.core.windows.net\", geheim",
    "spark.\"hadoop.fs.azure.account.oauth2.client.secret\", geheim",
  })
  void aSecretIsReferredToAndNeverWritten(String key, String value) {
    assertThatThrownBy(() -> load(key, value))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("contains a secret in plain text: use a reference")
        .hasMessageNotContaining("geheim");
    assertThatThrownBy(() -> load(key, value.replace("geheim", "{{env/NOT_THERE}}")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("set the environment variable NOT_THERE");
  }

  @Test
  void aKeyInTwoSpellingsIsRefusedBecauseOneOfThemWouldCountByChance() throws IOException {
    Path file = Files.writeString(folder.resolve("my.conf"), "kafka.options.client.id = one");

    assertThatThrownBy(
            () ->
                Settings.load(Optional.of(file), Map.of("kafka.options.\"client.id\"", "another")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("kafka.options.client.id is set in two spellings")
        .hasMessageContaining("my.conf: 1")
        .hasMessageContaining("--define");
  }

  @Test
  void aReferenceIsReplacedByItsSecretAndHiddenWhenPrinted() {
    String path = System.getenv("PATH");
    Settings settings =
        Settings.load(
            Optional.empty(),
            Map.of(
                "speed.redis.password", "{{env/PATH}}", "spark.\"hadoop.x\"", "of {{env/PATH}}"));

    assertThat(settings.speed().redis().password().revealed()).isEqualTo(path);
    assertThat(settings.speed().redis().toString()).contains("(hidden)").doesNotContain(path);
    assertThat(settings.spark()).containsEntry("spark.hadoop.x", "of " + path);
    assertThat(settings.secrets().redact("a" + path)).doesNotContain(path);
  }

  @Test
  void aMissingOrBrokenFileIsAUsageErrorThatNamesIt() throws IOException {
    Path broken = conf("speed { late-tolerance = ");

    assertThatThrownBy(() -> Settings.load(Optional.of(folder.resolve("none")), Map.of()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("none");
    assertThatThrownBy(() -> Settings.load(Optional.of(broken), Map.of()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("app.conf");
  }

  private static Settings load(String key, String value) {
    return Settings.load(Optional.empty(), Map.of(key, value));
  }

  private Path conf(String text) throws IOException {
    return Files.writeString(folder.resolve("app.conf"), text);
  }
}
