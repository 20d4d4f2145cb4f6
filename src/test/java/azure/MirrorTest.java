package azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Commands;

/**
 * scripts/mirror.sh with a stand-in for azcopy, which synchronises folders. The jobs of the lake
 * commit whenever azcopy is called: to the batch view, then to the boundary, then to the speed
 * view.
 */
class MirrorTest {
  /** Writes a table's next version: its data file, and then the commit that names it. */
  private static final String COMMIT =
      """
      shopt -s nullglob
      commit() {
        local log=$LAKE/$1/_delta_log version
        local commits=("$log"/*.json)
        printf -v version '%020d' "${#commits[@]}"
        echo data >"$LAKE/$1/part-$version.parquet"
        echo "part-$version.parquet" >"$log/$version.json"
        echo "$version" >"$log/_last_checkpoint"
        touch "$log/$version.checkpoint.parquet" "$log/.$version.json.tmp"
      }
      for table in batch/v serving/boundary speed/v ops/runs; do
        commit "$table"
      done
      """;

  /**
   * Copies newer files, and deletes files that are missing from the source, if the files pass the
   * filters.
   */
  private static final String AZCOPY =
      """
      echo "$2" >>"$CALLS"
      [[ "$(wc -l <"$CALLS")" != "${FAIL_AT:-}" ]] || { echo "failed to perform sync" >&2; exit 1; }
      source=$2 target=$3 keep=. drop='^$'
      for word in "$@"; do
        case "$word" in
          --include-regex=*) keep=${word#*=} ;;
          --exclude-regex=*) drop=${word#*=} ;;
        esac
      done
      passing() { (cd "$1" && find . -type f | sed 's#^[.]/##' | grep -E "$keep" | grep -Ev "$drop"); }
      for file in $(passing "$source"); do
        if [[ "$source/$file" -nt "$target/$file" ]]; then
          [[ -d "$target/${file%/*}" ]] || mkdir -p "$target/${file%/*}"
          cp -p "$source/$file" "$target/$file"
        fi
      done
      for file in $(passing "$target"); do
        [[ -f "$source/$file" ]] || rm "$target/$file"
      done
      bash "$COMMIT"
      """;

  /** After each file that becomes visible, records the newest version of each table. */
  private static final String MV =
      """
      command -p mv "$@"
      shopt -s nullglob
      for table in batch/v serving/boundary speed/v; do
        log=$MIRROR/$table/_delta_log
        commits=("$log"/*.json)
        for commit in "${commits[@]}"; do
          read -r file <"$commit"
          [[ -f "$MIRROR/$table/$file" ]] || echo "$table has no $file" >>"$SEEN"
        done
        for file in "$log"/*.checkpoint.parquet; do
          [[ -f "${file%.checkpoint.parquet}.json" ]] || echo "$file has no commit" >>"$SEEN"
        done
        if [[ -f "$log/_last_checkpoint" ]]; then
          read -r file <"$log/_last_checkpoint"
          [[ -f "$log/$file.checkpoint.parquet" ]] || echo "$log has no $file" >>"$SEEN"
        fi
        printf '%s ' "${#commits[@]}" >>"$SEEN"
      done
      echo >>"$SEEN"
      """;

  @TempDir private Path folder;
  private Path lake;
  private Path mirror;
  private Script tools;
  private Map<String, String> environment;

  @BeforeEach
  void layOut() throws Exception {
    lake = folder.resolve("lake");
    mirror = folder.resolve("mirror");
    for (String table : List.of("batch/v", "serving/boundary", "speed/v", "ops/runs")) {
      Files.createDirectories(lake.resolve(table).resolve("_delta_log"));
    }

    Path master = Files.createDirectories(lake.resolve("master/events"));
    Files.writeString(master.resolve("part-1.parquet"), "events");
    tools = new Script(folder);
    tools.put("azcopy", AZCOPY);
    tools.put("mv", MV);
    Path commit = Files.writeString(folder.resolve("commit"), COMMIT);
    environment =
        new HashMap<>(
            Map.of(
                "CALLS", folder.resolve("calls").toString(),
                "COMMIT", commit.toString(),
                "LAKE", lake.toString(),
                "MIRROR", mirror.toString(),
                "SEEN", folder.resolve("seen").toString()));
    assertThat(tools.run(commit, "", environment).exitCode()).isZero();
  }

  @Test
  void readersNeverFindABoundaryAheadOfItsBatchViewNorALogThatNamesWhatIsMissing()
      throws Exception {
    for (int round = 0; round < 2; round++) {
      Commands.Result result = mirror();
      assertThat(result.exitCode()).as(result.err()).isZero();
    }

    List<String> seen = Files.readAllLines(folder.resolve("seen"));
    assertThat(seen).hasSizeGreaterThan(30).allMatch(line -> line.matches("\\d+ \\d+ \\d+ "));
    for (String line : seen) {
      List<Integer> versions = List.of(line.split(" ")).stream().map(Integer::valueOf).toList();
      assertThat(versions.get(0)).as("batch, boundary").isGreaterThanOrEqualTo(versions.get(1));
      assertThat(versions.get(1)).as("boundary, speed").isGreaterThanOrEqualTo(versions.get(2));
    }

    assertThat(seen).last().as("one commit to every table per call").isEqualTo("11 10 9 ");
  }

  @Test
  void temporaryFilesOfTheLogStayBehind() throws Exception {
    mirror();

    try (var files = Files.list(mirror.resolve("batch/v/_delta_log"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("_last_checkpoint")
          .noneMatch(name -> name.startsWith("."));
    }
  }

  @Test
  void theMasterDatasetIsNotCopied() throws Exception {
    mirror();

    assertThat(mirror.resolve("master")).doesNotExist();
    assertThat(mirror.resolve("ops/runs/_delta_log")).isNotEmptyDirectory();
  }

  @Test
  void whatTheLakeHasDeletedIsDeleted() throws Exception {
    mirror();
    String first = "%020d".formatted(0);
    Files.delete(lake.resolve("batch/v/part-" + first + ".parquet"));
    Files.delete(lake.resolve("batch/v/_delta_log/" + first + ".json"));

    mirror();

    assertThat(mirror.resolve("batch/v/part-" + first + ".parquet")).doesNotExist();
    assertThat(mirror.resolve("batch/v/_delta_log/" + first + ".json")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 13, 16})
  void afterAFailureTheStateBeforeStays(int call) throws Exception {
    mirror();
    List<String> before = Files.readAllLines(folder.resolve("seen"));
    environment.put("FAIL_AT", String.valueOf(call));

    Commands.Result failed = mirror();

    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.err()).contains("failed to perform sync", "Error: the copy failed");
    assertThat(folder.resolve("seen")).hasContent(String.join("\n", before));
  }

  @Test
  void wrongUsageIsOneLineAndExitCode2() throws Exception {
    for (List<String> words :
        List.of(List.of("one"), List.of("a", "b", "--every"), List.of("a", "b", "--every", "0"))) {
      Commands.Result result =
          tools.run(Path.of("scripts/mirror.sh"), "", environment, words.toArray(String[]::new));

      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err().strip().lines()).hasSize(1);
    }
  }

  private Commands.Result mirror() throws IOException, InterruptedException {
    return tools.run(
        Path.of("scripts/mirror.sh"), "", environment, lake.toString(), mirror.toString());
  }
}
