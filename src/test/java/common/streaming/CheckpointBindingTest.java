package common.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class CheckpointBindingTest {
  @Property(tries = 500)
  void whatIsWrittenIsRead(
      @ForAll("ids") Optional<String> table, @ForAll("ids") Optional<String> topic) {
    CheckpointBinding binding = new CheckpointBinding(table, topic);

    assertThat(CheckpointBinding.parse(binding.text())).isEqualTo(binding);
  }

  @Example
  void theFormatIsThatOfEarlierVersions() {
    String text = "table=d9297ee0-8107-4e6a-bf88-ddbb8e277196\ntopic-id=RZNYgpRJR12m4YWLVPtj9A\n";
    CheckpointBinding binding =
        new CheckpointBinding(
            Optional.of("d9297ee0-8107-4e6a-bf88-ddbb8e277196"),
            Optional.of("RZNYgpRJR12m4YWLVPtj9A"));

    assertThat(CheckpointBinding.parse(text)).isEqualTo(binding);
    assertThat(binding.text()).isEqualTo(text);
  }

  /** UUIDs as in Delta, or in URL-safe Base64 as in Kafka. */
  @Provide
  Arbitrary<Optional<String>> ids() {
    return Arbitraries.strings()
        .alpha()
        .numeric()
        .withChars('-', '_')
        .ofMinLength(1)
        .ofMaxLength(36)
        .optional();
  }
}
