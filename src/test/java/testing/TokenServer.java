package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Issues signed tokens as Microsoft's identity platform does, also as an OpenID Connect issuer, and
 * publishes the key that verifies the tokens. Clients authenticate with a secret (OAuth 2.0 client
 * credentials); machines request a managed identity's token without a secret.
 */
public final class TokenServer implements AutoCloseable {
  public static final String CLIENT = "00000000-1111-2222-3333-444444444444";
  public static final String SECRET = "a-client-secret";

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final HttpServer server;
  private volatile KeyPair key;
  private volatile int keyNumber = 1;
  private volatile String scope = "";
  private volatile String identity = "";

  private TokenServer(HttpServer server, KeyPair key) {
    this.server = server;
    this.key = key;
  }

  public static TokenServer start() throws Exception {
    return start(0);
  }

  public static TokenServer start(int port) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    TokenServer tokens = new TokenServer(server, newKey());
    server.createContext("/token", tokens::token);
    server.createContext("/identity", tokens::identity);
    server.createContext("/keys", exchange -> reply(exchange, 200, tokens.jwks()));
    server.createContext(
        "/issuer/.well-known/openid-configuration",
        exchange -> reply(exchange, 200, tokens.metadata()));
    server.start();
    return tokens;
  }

  private static KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  /** Signs and verifies with a new key from now on. */
  public void rotate() throws GeneralSecurityException {
    key = newKey();
    keyNumber++;
  }

  /** The OpenID Connect issuer. */
  public String issuer() {
    return url("/issuer");
  }

  /** The current signing key. */
  public KeyPair key() {
    return key;
  }

  /** The identifier of {@link #key}. */
  public String keyId() {
    return String.valueOf(keyNumber);
  }

  public int port() {
    return server.getAddress().getPort();
  }

  public String tokens() {
    return url("/token");
  }

  /** The endpoint for managed identities, as in Azure's instance metadata service. */
  public String identities() {
    return url("/identity");
  }

  public String keys() {
    return url("/keys");
  }

  /** The scope of the last token. */
  public String lastScope() {
    return scope;
  }

  /** The managed identity that the last machine requested. */
  public String lastIdentity() {
    return identity;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private String url(String path) {
    return "http://localhost:" + port() + path;
  }

  private void token(HttpExchange exchange) throws IOException {
    Map<String, String> form =
        parameters(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    String credentials =
        header == null
            ? form.get("client_id") + ":" + form.get("client_secret")
            : new String(Base64.getDecoder().decode(header.replace("Basic ", "")), UTF_8);
    if (!credentials.equals(CLIENT + ":" + SECRET)) {
      reply(exchange, 401, "{\"error\":\"invalid_client\"}");
      return;
    }

    scope = form.getOrDefault("scope", form.get("resource"));
    give(exchange);
  }

  private void identity(HttpExchange exchange) throws IOException {
    if (!"true".equals(exchange.getRequestHeaders().getFirst("Metadata"))) {
      reply(exchange, 400, "{\"error\":\"invalid_request\"}");
      return;
    }

    Map<String, String> query = parameters(exchange.getRequestURI().getRawQuery());
    scope = query.get("resource");
    identity = query.getOrDefault("client_id", "the machine's own");
    give(exchange);
  }

  private void give(HttpExchange exchange) throws IOException {
    reply(
        exchange,
        200,
        """
        {"access_token":"%s","token_type":"Bearer","expires_in":3600,"expires_on":"%d"}"""
            .formatted(
                signed(scope.replaceFirst("/(\\.default)?$", "")),
                Instant.now().getEpochSecond() + 3600));
  }

  private static Map<String, String> parameters(String encoded) {
    return Arrays.stream(encoded.split("&", -1))
        .map(pair -> pair.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> URLDecoder.decode(pair[1], UTF_8)));
  }

  private String signed(String audience) {
    long now = Instant.now().getEpochSecond();
    String content =
        encoded("{\"alg\":\"RS256\",\"kid\":\"%s\"}".formatted(keyId()).getBytes(UTF_8))
            + "."
            + encoded(
                """
                {"iss":"https://sts.windows.net/a-tenant/","aud":"%s","sub":"%s","scope":"all",
                "iat":%4$d,"nbf":%4$d,"exp":%3$d}"""
                    .formatted(audience, CLIENT, now + 3600, now)
                    .getBytes(UTF_8));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key.getPrivate());
      signature.update(content.getBytes(UTF_8));
      return content + "." + encoded(signature.sign());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private String jwks() {
    RSAPublicKey open = (RSAPublicKey) key.getPublic();
    return "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"%s\",\"use\":\"sig\",\"alg\":\"RS256\",\"n\":\"%s\",\"e\":\"%s\"}]}"
        .formatted(
            keyId(),
            encoded(unsigned(open.getModulus())),
            encoded(unsigned(open.getPublicExponent())));
  }

  private String metadata() {
    return "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}".formatted(issuer(), keys());
  }

  private static byte[] unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  private static String encoded(byte[] bytes) {
    return BASE64.encodeToString(bytes);
  }

  private static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
