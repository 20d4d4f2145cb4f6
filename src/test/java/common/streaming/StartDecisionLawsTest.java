package common.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import common.settings.Policy;
import common.streaming.StartDecision.Refuse;
import common.streaming.StartDecision.Resume;
import common.streaming.StartDecision.StartOver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

class StartDecisionLawsTest {
  private static final int TRIES = 1000;
  private static final Pattern EXPIRED =
      Pattern.compile("offsets (\\d+) to (\\d+) of partition (\\d+)");

  /**
   * A partition.
   *
   * @param next offset from which the query resumes; empty for a new partition
   */
  record Partition(long earliest, long latest, Optional<Long> next) {}

  /** The topic as recorded in a checkpoint and as reported by the broker. */
  record Case(Optional<String> knownId, String id, List<Partition> partitions, int vanished) {
    Topic topic() {
      Map<Integer, Long> earliest = new TreeMap<>();
      Map<Integer, Long> latest = new TreeMap<>();
      for (int i = 0; i < partitions.size() - vanished; i++) {
        earliest.put(i, partitions.get(i).earliest());
        latest.put(i, partitions.get(i).latest());
      }

      return new Topic("events", id, earliest, latest);
    }

    Map<Integer, Long> next() {
      Map<Integer, Long> next = new TreeMap<>();
      for (int i = 0; i < partitions.size() && partitions.get(i).next().isPresent(); i++) {
        next.put(i, partitions.get(i).next().get());
      }

      return next;
    }

    StartDecision decide(Policy policy) {
      return StartDecision.forTopic(
          "/checkpoint",
          new CheckpointBinding(Optional.of("table"), knownId),
          next(),
          topic(),
          policy);
    }

    boolean isAnotherTopic() {
      boolean otherId =
          knownId.isPresent()
              && !List.of(Topic.NO_ID, id).contains(knownId.get())
              && !id.equals(Topic.NO_ID);
      boolean lostPartition =
          next().keySet().stream().anyMatch(i -> !topic().latest().containsKey(i));
      boolean readBeyondTheEnd =
          next().entrySet().stream()
              .anyMatch(
                  partition ->
                      topic().latest().getOrDefault(partition.getKey(), Long.MAX_VALUE)
                          < partition.getValue());
      return otherId || lostPartition || readBeyondTheEnd;
    }
  }

  @Property(tries = TRIES)
  void aQueryStartsOverExactlyWhenTheTopicIsAnother(@ForAll("cases") Case one) {
    assertThat(one.decide(Policy.warn) instanceof StartOver).isEqualTo(one.isAnotherTopic());
  }

  @Property(tries = TRIES)
  void whatIsRefusedUnderFailIsWhatIsWarnedOfFirstUnderWarn(@ForAll("cases") Case one) {
    List<String> warnings = warnings(one.decide(Policy.warn));

    StartDecision strict = one.decide(Policy.fail);

    if (warnings.isEmpty()) {
      assertThat(strict).isEqualTo(new Resume(List.of()));
    } else {
      assertThat(strict).isInstanceOf(Refuse.class);
      String found = warnings.get(0).substring(0, warnings.get(0).indexOf("; as streaming."));
      assertThat(((Refuse) strict).reason())
          .startsWith(found + "; to accept it, run once with -D streaming.source-policy=warn");
    }
  }

  @Property(tries = TRIES)
  void everyExpiredOffsetIsNamedAndNoOther(@ForAll("cases") Case one) {
    Assume.that(!one.isAnotherTopic());
    Map<Integer, List<Long>> expired = new HashMap<>();
    one.next()
        .forEach(
            (partition, next) -> {
              long earliest = one.topic().earliest().get(partition);
              if (next < earliest) {
                expired.put(partition, LongStream.range(next, earliest).boxed().toList());
              }
            });

    Map<Integer, List<Long>> named = new HashMap<>();
    for (String warning : warnings(one.decide(Policy.warn))) {
      for (MatchResult range : EXPIRED.matcher(warning).results().toList()) {
        named
            .computeIfAbsent(Integer.valueOf(range.group(3)), any -> new ArrayList<>())
            .addAll(
                LongStream.rangeClosed(
                        Long.parseLong(range.group(1)), Long.parseLong(range.group(2)))
                    .boxed()
                    .toList());
      }
    }

    assertThat(named).isEqualTo(expired);
  }

  @Property(tries = TRIES)
  void morePartitionsAreWarnedOfOnceTheQueryHasReadAny(@ForAll("cases") Case one) {
    Assume.that(!one.isAnotherTopic());
    int before = one.next().size();
    int now = one.topic().latest().size();

    boolean warned =
        warnings(one.decide(Policy.warn)).stream()
            .anyMatch(
                warning ->
                    warning.contains(
                        "had %d partitions when checkpoint /checkpoint was written and has %d now"
                            .formatted(before, now)));

    assertThat(warned).isEqualTo(before > 0 && now > before);
  }

  @Property(tries = TRIES)
  void aTopicThatIsAsItWasIsResumedInSilence(@ForAll("cases") Case one) {
    Map<Integer, Long> next = new TreeMap<>(one.topic().latest());
    next.replaceAll((partition, latest) -> (latest + one.topic().earliest().get(partition)) / 2);

    for (Policy policy : Policy.values()) {
      assertThat(
              StartDecision.forTopic(
                  "/checkpoint",
                  new CheckpointBinding(Optional.empty(), Optional.of(one.id())),
                  next,
                  one.topic(),
                  policy))
          .isEqualTo(new Resume(List.of()));
    }
  }

  @Example
  void aTableIsTheSameWhenItsIncarnationIsOrWasNeverNoted() {
    for (Policy policy : Policy.values()) {
      assertThat(forTable(Optional.of("1"), policy)).isEqualTo(new Resume(List.of()));
      assertThat(forTable(Optional.empty(), policy)).isEqualTo(new Resume(List.of()));
    }
  }

  @Example
  void aRecreatedTableHasNothingOfWhatTheCheckpointCountsAsDone() {
    assertThat(forTable(Optional.of("0"), Policy.warn))
        .isEqualTo(
            new StartOver(
                "Table /lake/t was recreated after checkpoint /checkpoint was written: it lacks rows that the checkpoint counts as written; as streaming.source-policy is warn, this run begins with the source's first record"));
    assertThat(forTable(Optional.of("0"), Policy.fail))
        .isEqualTo(
            new Refuse(
                "Table /lake/t was recreated after checkpoint /checkpoint was written: it lacks rows that the checkpoint counts as written; to accept it, run once with -D streaming.source-policy=warn, which begins with the source's first record"));
  }

  private static StartDecision forTable(Optional<String> known, Policy policy) {
    return StartDecision.forTable(
        "/checkpoint", new CheckpointBinding(known, Optional.empty()), "/lake/t", "1", policy);
  }

  private static List<String> warnings(StartDecision decision) {
    if (decision instanceof StartOver over) {
      return List.of(over.warning());
    }

    return ((Resume) decision).warnings();
  }

  /** Mostly plausible topics; each change is rare enough to occur by itself. */
  @Provide
  Arbitrary<Case> cases() {
    Arbitrary<String> ids =
        Arbitraries.frequency(Tuple.of(6, "id"), Tuple.of(1, "another"), Tuple.of(1, Topic.NO_ID));
    Arbitrary<Partition> partition =
        Combinators.combine(
                Arbitraries.longs().between(0, 20),
                Arbitraries.longs().between(0, 20),
                Arbitraries.longs().between(-4, 22).optional(0.9))
            .as(
                (earliest, held, step) ->
                    new Partition(
                        earliest,
                        earliest + held,
                        step.map(ahead -> Math.max(0, earliest + ahead))));
    return Combinators.combine(
            ids.optional(0.8),
            ids,
            partition.list().ofMinSize(2).ofMaxSize(4),
            Arbitraries.frequency(Tuple.of(8, 0), Tuple.of(1, 1)))
        .as(Case::new);
  }
}
