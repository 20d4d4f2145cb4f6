package serving.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.session.Session;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import testing.LayeredRows;
import testing.RawHttp;
import testing.TestLake;
import testing.TokenServer;

/**
 * Whatever a client sends, the server neither fails nor reveals anything about the machine. {@code
 * -Djqwik.tries.default} sets the number of tries, each of which sends some requests.
 */
class FuzzIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int REQUESTS = 25;

  private static Path folder;
  private static TokenServer issuer;
  private static LakeServer server;

  @BeforeContainer
  static void start() throws Exception {
    folder = Files.createTempDirectory("fuzzed");
    issuer = TokenServer.start();
    TestLake lake =
        new TestLake(
            folder.resolve("lake"),
            Map.of(
                "serve.token", "{{env/PATH}}",
                "serve.oidc.issuer", issuer.issuer(),
                "serve.oidc.audience", "fuzz",
                "serve.requests-per-minute", "100000000"));
    LayeredRows rows = new LayeredRows(lake).create();
    rows.batch(rows.row("a", "10:00", 1), rows.row("b\"'%", "10:01", 2));
    rows.speed(rows.row("a", "10:02", 3));
    rows.boundary("10:02");
    server = LakeServer.start(Session.running(lake.spark()), lake.settings(), "127.0.0.1", 0);
  }

  @AfterContainer
  static void stop() {
    server.close();
    issuer.close();
  }

  @Property
  void noRequestMakesTheServerFail(@ForAll("requests") List<String> requests) throws Exception {
    for (String request : requests) {
      check(request, RawHttp.send(server.port(), request));
    }
  }

  private static void check(String request, RawHttp.Response response) throws Exception {
    assertThat(response.head()).as(request).matches("(?s)HTTP/1\\.1 \\d{3} .*");
    assertThat(response.status()).as(request).isNotEqualTo(500);
    assertThat(response.header("x-content-type-options")).as(request).hasValue("nosniff");
    assertThat(response.head() + response.body())
        .as(request)
        .doesNotContain(folder.toString(), System.getProperty("user.home") + "/")
        .doesNotContain("Exception", "\tat ", ".java", ".parquet", System.getenv("PATH"));
    if (response.status() >= 400) {
      assertThat(response.header("content-type")).as(request).hasValue(Problem.MEDIA_TYPE);
      if (!request.startsWith("HEAD ")) {
        JsonNode problem = JSON.readTree(response.body().getBytes(ISO_8859_1));
        assertThat(problem.path("status").asInt()).as(request).isEqualTo(response.status());
        assertThat(problem.path("detail").asText()).as(request).isNotBlank();
        assertThat(problem.path("code").asText()).as(request).matches("[A-Z_]+");
      }
    }
  }

  @Provide
  Arbitrary<List<String>> requests() {
    Arbitrary<String> target =
        Combinators.combine(path(), query())
            .as((path, query) -> query.isEmpty() ? path : path + "?" + query);
    return Combinators.combine(method(), target, headers())
        .as(
            (method, to, headers) ->
                "%s %s HTTP/1.1\r\nConnection: close\r\n%s\r\n".formatted(method, to, headers))
        .list()
        .ofSize(REQUESTS);
  }

  private static Arbitrary<String> method() {
    return Arbitraries.frequency(
        Tuple.of(20, "GET"),
        Tuple.of(2, "HEAD"),
        Tuple.of(1, "POST"),
        Tuple.of(1, "OPTIONS"),
        Tuple.of(1, "BREW"));
  }

  private static Arbitrary<String> path() {
    Arbitrary<String> view =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.just("device_metrics")),
            Tuple.of(1, Arbitraries.of("user_activity_summary", "..", "%2e%2e", "%00", "a;b=c")),
            Tuple.of(1, segment()));
    Arbitrary<String> below =
        Arbitraries.of(
            "",
            "/rows",
            "/rows",
            "/rows",
            "/newest",
            "/runs",
            "/status",
            "/changes",
            "/",
            "//rows");
    Arbitrary<String> ofView =
        Combinators.combine(view, below).as((name, rest) -> "/v1/views/" + name + rest);
    Arbitrary<String> fixed =
        Arbitraries.of(
            "/v1/views",
            "/v1/alerts",
            "/v1/status",
            "/metrics",
            "/healthz",
            "/readyz",
            "/",
            "/page.js",
            "/openapi.yaml",
            "/uplot/dist/uPlot.min.css");
    Arbitrary<String> anything =
        segment().list().ofMaxSize(4).map(parts -> "/" + String.join("/", parts));
    Arbitrary<String> traversal =
        Combinators.combine(
                Arbitraries.of("/", "/uplot/", "/v1/views/", "/web/"),
                Arbitraries.of("../", "..%2f", "%2e%2e/", "..;/", "....//", "..\\", "%252e%252e/"),
                Arbitraries.integers().between(1, 8),
                Arbitraries.of("etc/passwd", "pom.xml", "META-INF/MANIFEST.MF", "reference.conf"))
            .as((start, up, times, file) -> start + up.repeat(times) + file);
    return Arbitraries.frequencyOf(
        Tuple.of(10, ofView), Tuple.of(3, fixed), Tuple.of(1, anything), Tuple.of(1, traversal));
  }

  private static Arbitrary<String> segment() {
    return Arbitraries.oneOf(text().map(FuzzIT::encoded), printable());
  }

  private static Arbitrary<String> query() {
    Arbitrary<String> name =
        Arbitraries.frequencyOf(
            Tuple.of(
                30, Arbitraries.of("key", "from", "to", "accuracy", "limit", "cursor", "max-age")),
            Tuple.of(2, Arbitraries.of("open", "view")),
            Tuple.of(1, segment()));
    Arbitrary<String> pair =
        Arbitraries.frequencyOf(
            Tuple.of(10, Combinators.combine(name, value()).as((key, of) -> key + "=" + of)),
            Tuple.of(2, cursor().map("cursor="::concat)),
            Tuple.of(1, segment()));
    return pair.list().ofMaxSize(4).map(pairs -> String.join("&", pairs));
  }

  private static Arbitrary<String> value() {
    Arbitrary<String> known =
        Arbitraries.of(
            "",
            "a",
            "1",
            "0",
            "-1",
            "10000",
            "99999999999999999999",
            "1e3",
            "true",
            "exact",
            "latest",
            "device_id%3Da",
            "window_start%3D1",
            "2026-01-31",
            "2026-01-31T10:00:00Z",
            "0000-00-00",
            "9999-12-31T23:59:59.999999999Z",
            "%2B999999999-12-31T00:00:00Z",
            "-999999999-01-01T00:00:00Z",
            "1h",
            "PT0S",
            "P99999999D",
            "999999999d",
            "%27%20OR%201%3D1--",
            "$1",
            "{{env/PATH}}",
            "%",
            "%zz",
            "%ff%fe",
            "%00");
    return Arbitraries.oneOf(known, segment());
  }

  private static Arbitrary<String> cursor() {
    Arbitrary<String> json =
        Arbitraries.oneOf(
            Arbitraries.of(
                "null",
                "{}",
                "[]",
                "[null,null]",
                "[1,2]",
                "[\"a\",\"2026-01-31T10:00:00Z\"]",
                "[\"a\",\"infinity\"]",
                "[\"a\",\"294247-01-10 04:00:54.775807+00\"]",
                "[\"\\u0000\",\"2026-01-31\"]",
                "[[\"a\"],\"b\"]",
                "[".repeat(2_000)),
            Combinators.combine(text(), text())
                .as((one, other) -> JSON.createArrayNode().add(one).add(other).toString()));
    return json.map(
        of -> Base64.getUrlEncoder().withoutPadding().encodeToString(of.getBytes(UTF_8)));
  }

  private static Arbitrary<String> headers() {
    Arbitrary<String> name =
        Arbitraries.of(
            "Accept",
            "Accept-Encoding",
            "Accept-Language",
            "Content-Type",
            "Content-Length",
            "Cookie",
            "Expect",
            "Forwarded",
            "If-Match",
            "If-Modified-Since",
            "If-None-Match",
            "Origin",
            "Range",
            "Transfer-Encoding",
            "Upgrade",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-HTTP-Method-Override");
    Arbitrary<String> content =
        Arbitraries.oneOf(
            Arbitraries.of(
                "text/csv",
                "application/x-ndjson",
                "text/plain; charset",
                "text/plain; charset=nothing",
                "text/plain; charset=utf-16",
                "gzip, br;q=x",
                "bytes=0-1,5-,-9999999999999",
                "chunked",
                "0",
                "-1",
                "websocket",
                "*",
                "W/\"\"",
                "a=b; c"),
            printable(),
            Arbitraries.strings().withCharRange(' ', 'ÿ').ofMaxLength(20));
    Arbitrary<String> header = Combinators.combine(name, content).as("%s: %s\r\n"::formatted);
    Arbitrary<String> host =
        Arbitraries.frequencyOf(
            Tuple.of(12, Arbitraries.just("Host: localhost\r\n")),
            Tuple.of(1, Arbitraries.of("", "Host:\r\n", "Host: a\r\nHost: b\r\n", "Host: [::\r\n")),
            Tuple.of(1, printable().map("Host: %s\r\n"::formatted)));
    return Combinators.combine(host, credentials(), header.list().ofMaxSize(3))
        .as((of, token, more) -> of + token + String.join("", more));
  }

  private static Arbitrary<String> credentials() {
    Arbitrary<String> token =
        Arbitraries.oneOf(
            printable(),
            Combinators.combine(
                    Arbitraries.of(
                        "{}",
                        "[]",
                        "{\"alg\":\"none\"}",
                        "{\"alg\":\"HS256\"}",
                        "{\"alg\":\"RS256\",\"kid\":\"1\"}",
                        "{\"alg\":\"RS256\",\"kid\":\"2\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"1\"}",
                        "{\"alg\":\"EdDSA\",\"jwk\":{\"kty\":\"OKP\"}}",
                        "{\"alg\":\"dir\",\"enc\":\"A128GCM\"}",
                        "{\"alg\":1,\"crit\":7}"),
                    Arbitraries.oneOf(
                        Arbitraries.of("", "{}", "{\"exp\":\"x\",\"aud\":7}"), text()),
                    printable())
                .as((head, claims, end) -> base64(head) + "." + base64(claims) + "." + end));
    return Arbitraries.frequencyOf(
        Tuple.of(12, Arbitraries.just("Authorization: Bearer " + System.getenv("PATH") + "\r\n")),
        Tuple.of(1, token.map("Authorization: Bearer %s\r\n"::formatted)),
        Tuple.of(1, Arbitraries.of("", "Authorization: Basic eDp5\r\n", "Authorization:\r\n")));
  }

  private static Arbitrary<String> text() {
    return Arbitraries.strings().all().ofMaxLength(8);
  }

  /** Not encoded, so that it may also break the syntax of the request. */
  private static Arbitrary<String> printable() {
    return Arbitraries.strings().withCharRange('!', '~').ofMaxLength(12);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }
}
