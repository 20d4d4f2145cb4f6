package serving.sql.databricks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sum(`a`)",
        "a: b # c",
        "'single' and \"double\" \\ back",
        "grüße 😀",
        "price in $$ or $$$ and ${x}",
        "bell \u0007 next \u0085 line \u2028 end",
        "two\nlines",
        "two\n  lines, \"quoted\": 'x' # and \\",
        "two\nlines with $$",
        " first line indented\nsecond",
        "ends with a break\n",
        "a\n\nb",
        "tab\tinside\nlines",
        "- item",
        "",
      })
  void aTextIsReadAsItWas(String text) {
    String yaml =
        "quoted: %s\ntext: %s\nafter: 1\n".formatted(Yaml.quoted(text), Yaml.text(text, 2));

    assertThat(yaml).doesNotContain("$$");
    assertThat(new org.yaml.snakeyaml.Yaml().<Map<String, Object>>load(yaml))
        .isEqualTo(Map.of("quoted", text, "text", text, "after", 1));
  }
}
