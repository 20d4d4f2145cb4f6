package serving.sql.powerbi;

import static java.nio.charset.StandardCharsets.UTF_8;

import common.ErrorCode;
import common.Failure;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A folder on this machine's disks, into which files are generated. Existing files are never
 * overwritten: writing the same files again changes nothing, and if a file has different contents,
 * an error is raised before anything is written.
 */
public final class ProjectFolder {
  private final Path folder;

  public ProjectFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Checks that the folder exists or can be created.
   *
   * @throws Failure otherwise
   */
  public void require() {
    for (Path path = folder.toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path) && !Files.isDirectory(path)) {
        throw refused("%s is not a folder".formatted(path));
      }
    }
  }

  /**
   * Writes files.
   *
   * @param files contents by path in the folder
   * @param kept a subfolder that is left unchanged if it exists
   * @return the files that were written, in order
   * @throws Failure if a file exists with different contents
   */
  public List<Path> write(Map<String, String> files, String kept) throws IOException {
    Path skipped = folder.resolve(kept);
    boolean skip = Files.exists(skipped);
    Map<Path, byte[]> missing = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, String> file : files.entrySet()) {
        Path path = folder.resolve(file.getKey());
        byte[] contents = file.getValue().getBytes(UTF_8);
        if (!(skip && path.startsWith(skipped)) && isMissing(path, contents)) {
          missing.put(path, contents);
        }
      }

      for (Map.Entry<Path, byte[]> file : missing.entrySet()) {
        Files.createDirectories(file.getKey().getParent());
        Files.write(file.getKey(), file.getValue(), StandardOpenOption.CREATE_NEW);
      }
    } catch (AccessDeniedException | FileAlreadyExistsException denied) {
      throw refused("cannot write " + denied.getFile());
    }

    return List.copyOf(missing.keySet());
  }

  private boolean isMissing(Path path, byte[] contents) throws IOException {
    if (!Files.exists(path)) {
      return true;
    }

    if (Files.isDirectory(path) || !Arrays.equals(Files.readAllBytes(path), contents)) {
      throw refused(
          "%s exists with different contents: delete it, or choose another folder"
              .formatted(folder.relativize(path)));
    }

    return false;
  }

  private Failure refused(String why) {
    return new Failure(ErrorCode.OPTION_INVALID, "--output-folder %s: %s".formatted(folder, why));
  }
}
