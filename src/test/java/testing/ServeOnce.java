package testing;

import common.command.Command;
import common.session.Session;
import common.settings.Settings;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;
import serving.server.LakeServer;

/**
 * Starts the server as {@code serve} does, prints the response to one request, and stops the
 * server.
 */
@CommandLine.Command(name = "serve-once")
public final class ServeOnce extends Command {
  @Parameters private String path;

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws Exception {
    try (LakeServer server = LakeServer.start(session, settings, "127.0.0.1", 0)) {
      URI address = URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path));
      HttpRequest request = HttpRequest.newBuilder(address).header("Accept", "text/csv").build();
      out.print(
          HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
  }
}
