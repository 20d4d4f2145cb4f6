package serving.sql.powerbi;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict reader of the part of TMDL that generated models may use: objects with a name, a default
 * value after an equals sign on the same line or indented below, properties, descriptions. Any
 * other line, and any unexpected indentation, is an error.
 */
final class TmdlDocument {
  private static final String NAME = "'(?:[^']|'')+'|[\\p{L}_][\\p{L}\\p{N}_-]*|[0-9a-f-]{36}";
  private static final Pattern OBJECT =
      Pattern.compile(
          "(model|table|column|measure|partition|relationship|expression|annotation|ref table) ("
              + NAME
              + ")(?: =(?: (.*))?)?");
  private static final Pattern DATABASE = Pattern.compile("database");
  private static final Pattern PROPERTY = Pattern.compile("(\\w+)(?:: (.+)| =)?");

  /**
   * An object.
   *
   * @param value the text after the equals sign; empty if there is no equals sign
   */
  record Node(
      String type, String name, String value, Map<String, String> properties, List<Node> children) {
    List<Node> all(String wanted) {
      return children.stream().filter(child -> child.type().equals(wanted)).toList();
    }

    Node only(String wanted) {
      List<Node> found = all(wanted);
      if (found.size() != 1) {
        throw new IllegalArgumentException("%d of %s in %s".formatted(found.size(), wanted, name));
      }

      return found.get(0);
    }
  }

  private final List<String> lines;
  private int next;

  private TmdlDocument(String text) {
    this.lines = text.lines().toList();
  }

  /** The objects of a document, as children of a root. */
  static Node read(String text) {
    TmdlDocument document = new TmdlDocument(text);
    Node root = new Node("document", "", "", Map.of(), new ArrayList<>());
    document.readInto(root, 0);
    document.require(document.next == document.lines.size(), "unexpected line");
    return root;
  }

  private void readInto(Node parent, int indent) {
    while (next < lines.size()) {
      String line = lines.get(next);
      if (line.isEmpty()) {
        next++;
        continue;
      }

      if (indentOf(line) < indent) {
        return;
      }

      require(indentOf(line) == indent, "indentation");
      String content = line.substring(indent);
      Matcher object = OBJECT.matcher(content);
      Matcher property = PROPERTY.matcher(content);
      if (content.startsWith("/// ")) {
        next++;
        require(
            next < lines.size() && indentOf(lines.get(next)) == indent, "description of nothing");
        require(!lines.get(next).isBlank(), "description before a blank line");
      } else if (object.matches() || DATABASE.matcher(content).matches()) {
        next++;
        boolean named = object.matches();
        String value = named ? value(content, object.group(3), indent) : "";
        Node node =
            new Node(
                named ? object.group(1) : content,
                named ? unquoted(object.group(2)) : "",
                value,
                new LinkedHashMap<>(),
                new ArrayList<>());
        parent.children().add(node);
        readInto(node, indent + 1);
      } else {
        require(property.matches() && indent > 0, "neither an object nor a property");
        require(parent.children().isEmpty(), "property after children");
        next++;
        String value = property.group(2) == null ? "" : property.group(2);
        if (content.endsWith(" =")) {
          value = expression(indent);
        }

        String name = property.group(1);
        require(parent.properties().put(name, value) == null, "property twice");
      }
    }
  }

  private String value(String content, String sameLine, int indent) {
    if (sameLine != null) {
      return sameLine;
    }

    return content.endsWith(" =") ? expression(indent + 1) : "";
  }

  /** The lines that are indented deeper than the properties of an object. */
  private String expression(int properties) {
    List<String> found = new ArrayList<>();
    while (next < lines.size() && indentOf(lines.get(next)) > properties) {
      found.add(lines.get(next++).strip());
    }

    require(!found.isEmpty(), "no expression");
    return String.join("\n", found);
  }

  private static int indentOf(String line) {
    int indent = 0;
    while (indent < line.length() && line.charAt(indent) == '\t') {
      indent++;
    }

    return indent;
  }

  private static String unquoted(String name) {
    return name.startsWith("'") ? name.substring(1, name.length() - 1).replace("''", "'") : name;
  }

  private void require(boolean valid, String what) {
    if (!valid) {
      String line = next < lines.size() ? lines.get(next) : "the end";
      throw new IllegalArgumentException("%s at line %d: %s".formatted(what, next + 1, line));
    }
  }
}
