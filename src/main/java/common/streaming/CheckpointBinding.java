package common.streaming;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/**
 * The table and the topic that a checkpoint is bound to. The checkpoint's progress is meaningless
 * for any other table or topic.
 *
 * @param table incarnation of the table that the query writes to
 * @param topic id of the topic that the query reads from; empty for files, and if no Kafka client
 *     is available
 */
record CheckpointBinding(Optional<String> table, Optional<String> topic) {
  static final CheckpointBinding NONE = new CheckpointBinding(Optional.empty(), Optional.empty());

  private static final String FILE = "lambda-binding.properties";
  private static final String TABLE = "table";
  private static final String TOPIC = "topic-id";

  static CheckpointBinding of(Checkpoint checkpoint) {
    return checkpoint.files().read(FILE).map(CheckpointBinding::parse).orElse(NONE);
  }

  void write(Checkpoint checkpoint) {
    checkpoint.files().write(FILE, text());
  }

  static CheckpointBinding parse(String text) {
    Properties binding = new Properties();
    try {
      binding.load(new StringReader(text));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }

    return new CheckpointBinding(
        Optional.ofNullable(binding.getProperty(TABLE)),
        Optional.ofNullable(binding.getProperty(TOPIC)));
  }

  String text() {
    return line(TABLE, table) + line(TOPIC, topic);
  }

  private static String line(String name, Optional<String> value) {
    return value.map(text -> name + "=" + text + "\n").orElse("");
  }
}
