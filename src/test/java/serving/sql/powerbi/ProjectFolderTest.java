package serving.sql.powerbi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectFolderTest {
  private static final Map<String, String> FILES =
      new LinkedHashMap<>(Map.of("v.sql", "SELECT 'ü'\n"));

  static {
    FILES.put("v.Report/page.json", "{}\n");
    FILES.put("v.SemanticModel/definition/v.tmdl", "table v\n");
  }

  @TempDir private Path parent;

  @Test
  void theFilesAreWrittenOnce() throws IOException {
    Path folder = parent.resolve("new/bi");

    assertThat(new ProjectFolder(folder).write(FILES, "v.Report"))
        .containsExactly(
            folder.resolve("v.sql"),
            folder.resolve("v.Report/page.json"),
            folder.resolve("v.SemanticModel/definition/v.tmdl"));
    assertThat(folder.resolve("v.sql")).hasContent("SELECT 'ü'\n");
    assertThat(new ProjectFolder(folder).write(FILES, "v.Report")).isEmpty();
  }

  @Test
  void aFileWithOtherContentsIsKeptAndNothingIsWritten() throws IOException {
    Path foreign = parent.resolve("v.SemanticModel/definition/v.tmdl");
    Files.createDirectories(foreign.getParent());
    Files.write(foreign, new byte[] {(byte) 0xFF});

    assertThatThrownBy(() -> new ProjectFolder(parent).write(FILES, "v.Report"))
        .isInstanceOf(Failure.class)
        .hasMessage(
            "--output-folder %s: v.SemanticModel/definition/v.tmdl exists with different contents: delete it, or choose another folder",
            parent);
    assertThat(Files.readAllBytes(foreign)).hasSize(1);
    assertThat(parent.resolve("v.sql")).doesNotExist();
  }

  @Test
  void anExistingReportIsKeptAndTheRestIsWrittenAgainOnceDeleted() throws IOException {
    ProjectFolder folder = new ProjectFolder(parent);
    folder.write(FILES, "v.Report");
    Path page = Files.writeString(parent.resolve("v.Report/page.json"), "{\"edited\": true}");
    Path model = parent.resolve("v.SemanticModel/definition/v.tmdl");
    Files.delete(model);

    assertThat(folder.write(FILES, "v.Report")).containsExactly(model);
    assertThat(page).hasContent("{\"edited\": true}");
  }

  @Test
  void otherFilesInTheFolderDoNotMatter() throws IOException {
    Path other = Files.writeString(parent.resolve("README.md"), "ours");

    assertThat(new ProjectFolder(parent).write(FILES, "v.Report")).hasSize(3);
    assertThat(other).hasContent("ours");
  }

  @Test
  void aFileInPlaceOfAFolderIsRefused() throws IOException {
    Path file = Files.writeString(parent.resolve("bi"), "");

    for (Path folder : new Path[] {file, file.resolve("below")}) {
      assertThatThrownBy(() -> new ProjectFolder(folder).require())
          .isInstanceOf(Failure.class)
          .hasMessage("--output-folder %s: %s is not a folder", folder, file);
    }

    new ProjectFolder(parent).require();
    new ProjectFolder(parent.resolve("new/bi")).require();
  }
}
