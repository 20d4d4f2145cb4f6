package common;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {
  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^\\| `(?<code>\\w+)` \\| (?<exit>\\d) \\| ([^|]+\\S) \\| ([^|]+\\S) \\|$");

  @Test
  void theDocumentationListsEachCodeOnceWithItsExitCode() throws IOException {
    String page = Files.readString(Path.of("docs/errors.md"));

    List<String> documented = ROW.matcher(page).results().map(ErrorCodeTest::codeAndExit).toList();

    assertThat(documented)
        .containsExactlyElementsOf(
            Arrays.stream(ErrorCode.values())
                .map(code -> code + " " + code.exitCode().code())
                .toList());
    assertThat(page.lines().filter(line -> line.startsWith("| `")))
        .as("all rows have the expected format")
        .hasSameSizeAs(documented);
  }

  @Test
  void aFailureThatIsPartOfSomethingLargerKeepsItsCode() {
    Failure inner = new Failure(ErrorCode.SECRET_NOT_FOUND, "the secret is empty");

    assertThat(inner.within("Cannot resolve x").line())
        .isEqualTo("Cannot resolve x: the secret is empty [SECRET_NOT_FOUND]");
  }

  private static String codeAndExit(MatchResult row) {
    return row.group(1) + " " + row.group(2);
  }
}
