package common.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.security.AccessControlException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.TestSpark;

class LakeTableTest {
  /** Storage that authenticates the job but denies it access. */
  public static final class RefusingStorage extends RawLocalFileSystem {
    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {}

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      throw new AccessControlException("no role on this container");
    }

    @Override
    public FileStatus[] listStatus(org.apache.hadoop.fs.Path path) throws IOException {
      throw new AccessControlException("no role on this container");
    }
  }

  @TempDir private Path folder;

  @Test
  void storageThatRefusesIsNotAnAbsentTable() {
    TestSpark.session()
        .sparkContext()
        .hadoopConfiguration()
        .set("fs.refusing.impl", RefusingStorage.class.getName());
    LakeTable absent = new Lake(TestSpark.session(), folder.toString()).boundary();
    LakeTable refused = new Lake(TestSpark.session(), "refusing:///lake").boundary();

    assertThat(absent.exists()).isFalse();
    assertThatThrownBy(refused::exists).hasMessageContaining("no role on this container");
  }
}
