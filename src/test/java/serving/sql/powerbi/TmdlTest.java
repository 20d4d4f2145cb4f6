package serving.sql.powerbi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TmdlTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "device_metrics | device_metrics",
        "größe | größe",
        "Date table | 'Date table'",
        "it's | 'it''s'",
        "a.b | 'a.b'",
        "a=b | 'a=b'",
        "a:b | 'a:b'",
        "3rd | '3rd'",
      })
  void namesAreQuotedWhereTheyMustBe(String name, String written) {
    assertThat(Tmdl.name(name)).isEqualTo(written);
    assertThat(TmdlDocument.read("table " + written + "\n").only("table").name()).isEqualTo(name);
  }

  @Test
  void valuesAreQuotedWhereTheyMustBe() {
    assertThat(Tmdl.text("net price")).isEqualTo("net price");
    assertThat(Tmdl.text(" x")).isEqualTo("\" x\"");
    assertThat(Tmdl.text("\"x\" y")).isEqualTo("\"\"\"x\"\" y\"");
  }

  @Test
  void eachLineOfADescriptionIsMarked() {
    String table = Tmdl.description("one\ntwo", 0) + "table t\n";

    assertThat(table).isEqualTo("/// one\n/// two\ntable t\n");
    assertThat(TmdlDocument.read(table).only("table").name()).isEqualTo("t");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "table a b",
        "table t\n\t\tisHidden",
        "table t\n\tcolumn c\n\tisHidden",
        "table t\n\tmeasure m =\n\t\tformatString: 0",
        "/// about nothing",
        "tables t",
        "table t\n\tisHidden\n\tisHidden",
      })
  void theReaderRejectsWhatIsNotTmdl(String text) {
    assertThatThrownBy(() -> TmdlDocument.read(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
