package serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.ErrorCode;
import common.Failure;
import java.util.Base64;
import java.util.List;

/**
 * Where a page of rows ended: its last key and window. It stays valid while rows are added and
 * batch runs are committed, because it names a place in the order and not a position.
 *
 * @param values the values of the view's keys, then the window's start, as text
 */
record Cursor(List<String> values) {
  private static final ObjectMapper JSON = new ObjectMapper();

  Cursor {
    values = List.copyOf(values);
  }

  /**
   * Reads a cursor that a client sends back.
   *
   * @param size number of values that it must have
   * @throws Failure when it is malformed
   */
  static Cursor parse(String text, int size) {
    try {
      byte[] json = Base64.getUrlDecoder().decode(text);
      List<String> values =
          JSON.readValue(new String(json, UTF_8), new TypeReference<List<String>>() {});
      if (values != null
          && values.size() == size
          && values.stream().allMatch(value -> value != null)) {
        return new Cursor(values);
      }
    } catch (JsonProcessingException | IllegalArgumentException malformed) {
      throw invalid();
    }

    throw invalid();
  }

  private static Failure invalid() {
    return new Failure(
        ErrorCode.OPTION_INVALID, "cursor: expected the value of 'next' of an earlier page");
  }

  String text() {
    try {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(JSON.writeValueAsBytes(values));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
