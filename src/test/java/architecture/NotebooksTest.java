package architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import testing.Notebooks;

/** The stored form of the notebooks; SubmitIT runs them. */
class NotebooksTest {
  private static Stream<Path> notebooks() {
    return Notebooks.all().stream();
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void aNotebookBeginsWithItsParametersAndHasOutputsWithoutErrorsOrPaths(Path notebook)
      throws Exception {
    JsonNode document = new ObjectMapper().readTree(notebook.toFile());
    List<JsonNode> code = new ArrayList<>();
    document
        .path("cells")
        .forEach(
            cell -> {
              if (cell.path("cell_type").asText().equals("code")) {
                code.add(cell);
              }
            });

    assertThat(document.path("nbformat").asInt()).isEqualTo(4);
    assertThat(document.path("cells").get(0).path("cell_type").asText()).isEqualTo("markdown");
    assertThat(code.get(0).path("metadata").path("tags").toString()).contains("parameters");
    assertThat(code.get(0).path("source").toString()).contains("lake_root", "view =");
    assertThat(document.findValues("image/png")).isNotEmpty();
    assertThat(document.findValuesAsText("output_type")).doesNotContain("error");
    assertThat(Files.readString(notebook)).doesNotContain("/tmp/", "/home/", "/root/", "%%sql");
  }
}
