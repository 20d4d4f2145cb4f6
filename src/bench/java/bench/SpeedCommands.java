package bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Command lines of the speed job and of Flink, which both process a topic into Redis, and the Redis
 * keys that they write.
 */
record SpeedCommands(Workplace workplace, Services services) {

  /**
   * The command line of the speed job.
   *
   * @param words the command and its options
   * @param run folder of the lake, and prefix of the keys
   */
  List<String> ours(List<String> words, String topic, String run, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "lake.root=" + workplace.folder().resolve(run),
                "kafka.bootstrap-servers=" + services.brokers(),
                "kafka.topic=" + topic,
                "speed.redis.port=" + services.redisPort(),
                "speed.redis.key-prefix=" + run));
    all.addAll(List.of(settings));
    return workplace.command(words, all.toArray(String[]::new));
  }

  /**
   * The command line of Flink.
   *
   * @param run prefix of the keys
   * @param mode {@code bounded} or {@code live}
   */
  List<String> flink(String topic, String run, Deduplication deduplication, String mode) {
    List<String> command = new ArrayList<>(workplace.rival("rival.FlinkSpeed", "jvm-long.options"));
    command.addAll(
        List.of(
            services.brokers(),
            topic,
            String.valueOf(services.redisPort()),
            run,
            deduplication.name(),
            mode));
    return command;
  }

  /** Keys of the speed job for {@code device_metrics}, with {@code %s} for the device. */
  static String keysOfOurs(String run) {
    return run + ":device_metrics:{%s}";
  }

  static String keysOfFlink(String run) {
    return run + ":%s";
  }
}
