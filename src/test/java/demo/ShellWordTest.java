package demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellWordTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/home/me/demo-lake/20261121-040512",
        "/tmp/a lake",
        "it's",
        "$HOME/`id`;rm -rf x",
        "a&b|c>d<e(f)",
        "~/lake",
        "*?[a]{b,c}!",
        "back\\slash \"quoted\"",
        "",
        "ü",
        "#1"
      })
  void theShellReadsTheTextAsItIs(String text) throws Exception {
    Process shell =
        new ProcessBuilder("bash", "-c", "printf %s -Dlake=" + ShellWord.of(text)).start();

    assertThat(new String(shell.getInputStream().readAllBytes(), UTF_8))
        .isEqualTo("-Dlake=" + text);
    assertThat(shell.waitFor()).isZero();
  }

  @Test
  void aPlainPathHasNoQuotes() {
    assertThat(ShellWord.of("/home/me/demo-lake/1")).isEqualTo("/home/me/demo-lake/1");
    assertThat(ShellWord.of("/home/me/a lake")).isEqualTo("'/home/me/a lake'");
  }
}
