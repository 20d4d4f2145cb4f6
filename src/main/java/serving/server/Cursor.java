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
 * Marks where a page of rows ended by the key and window of the page's last row. A cursor does not
 * depend on row numbers, so it stays valid when rows are added and batch runs are committed.
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
        ErrorCode.OPTION_INVALID,
        "cursor: expected the value that an earlier page gave as its next cursor");
  }

  String text() {
    try {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(JSON.writeValueAsBytes(values));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
