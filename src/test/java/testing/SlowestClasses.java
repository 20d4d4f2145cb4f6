package testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/** Prints a build's slowest test classes, according to the reports under target/. */
public final class SlowestClasses {
  private static final int SHOWN = 15;
  private static final List<Path> REPORTS =
      List.of(Path.of("target/surefire-reports"), Path.of("target/failsafe-reports"));

  private record Duration(String name, int tests, double seconds) {}

  private SlowestClasses() {}

  public static void main(String[] arguments) throws Exception {
    List<Duration> all =
        REPORTS.stream().filter(Files::isDirectory).flatMap(SlowestClasses::in).toList();
    System.out.printf(
        "%nSlowest of %d test classes (%d tests)%n%8s %6s  %s%n",
        all.size(), all.stream().mapToInt(Duration::tests).sum(), "seconds", "tests", "class");
    all.stream()
        .sorted(Comparator.comparingDouble(Duration::seconds).reversed())
        .limit(SHOWN)
        .forEach(
            one -> System.out.printf("%8.1f %6d  %s%n", one.seconds(), one.tests(), one.name()));
    System.out.println();
  }

  private static Stream<Duration> in(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
          .map(SlowestClasses::read)
          .toList()
          .stream();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static Duration read(Path report) {
    try {
      Element suite =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(report.toFile())
              .getDocumentElement();
      return new Duration(
          suite.getAttribute("name"),
          Integer.parseInt(suite.getAttribute("tests")),
          Double.parseDouble(suite.getAttribute("time")));
    } catch (Exception error) {
      throw new IllegalStateException("Cannot read " + report, error);
    }
  }
}
