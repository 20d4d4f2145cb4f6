package serving.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import common.Failure;
import common.session.Session;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.InProcess;
import testing.TestLake;
import testing.TokenServer;

/** Access tokens of an OpenID Connect issuer, against a real issuer on this machine. */
class AuthenticationIT {
  private static final String AUDIENCE = "00000000-aaaa-bbbb-cccc-000000000000";

  @TempDir private Path folder;
  private TokenServer issuer;
  private LakeServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void startIssuer() throws Exception {
    issuer = TokenServer.start();
  }

  @AfterEach
  void stop() {
    issuer.close();
    if (server != null) {
      server.close();
    }
  }

  private void serve(Map<String, String> more) throws Exception {
    Map<String, String> settings = new HashMap<>(more);
    settings.putIfAbsent("serve.oidc.issuer", issuer.issuer());
    settings.put("serve.oidc.audience", AUDIENCE);
    TestLake lake = new TestLake(folder.resolve("lake"), settings);
    server = LakeServer.start(Session.running(lake.spark()), lake.settings(), "127.0.0.1", 0);
  }

  @Test
  void onlyATokenThatTheIssuerSignedForThisAudienceIsAccepted() throws Exception {
    serve(Map.of());

    Map<String, String> good = new LinkedHashMap<>();
    good.put("plain", signed(claims -> claims));
    good.put("of RFC 9068", signed("at+jwt", claims -> claims));
    good.put("several audiences", signed(of -> of.audience(List.of("other", AUDIENCE))));
    good.put("expired within the skew", signed(of -> of.expirationTime(seconds(-30))));
    good.put("valid within the skew", signed(of -> of.notBeforeTime(seconds(30))));
    for (Map.Entry<String, String> token : good.entrySet()) {
      assertThat(get(token.getValue()).statusCode()).as(token.getKey()).isEqualTo(200);
    }

    for (Map.Entry<String, String> token : bad().entrySet()) {
      HttpResponse<String> refused = get(token.getValue());
      assertThat(refused.statusCode()).as(token.getKey()).isEqualTo(401);
      assertThat(refused.headers().firstValue("WWW-Authenticate"))
          .as(token.getKey())
          .hasValue("Bearer error=\"invalid_token\"");
      assertThat(refused.body())
          .as(token.getKey())
          .isEqualTo(new Problem(401, "The token is not valid", "UNAUTHORIZED").json());
    }

    HttpResponse<String> missing = client.send(request().build(), text());
    assertThat(missing.statusCode()).isEqualTo(401);
    assertThat(missing.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    for (String other : List.of("Basic eDp5", "Bearer", "")) {
      assertThat(client.send(request().header("Authorization", other).build(), text()))
          .returns(401, HttpResponse::statusCode);
    }
  }

  private Map<String, String> bad() throws Exception {
    String good = signed(claims -> claims);
    Map<String, String> bad = new LinkedHashMap<>();
    bad.put("expired", signed(of -> of.expirationTime(seconds(-120))));
    bad.put("without expiry", signed(of -> of.expirationTime(null)));
    bad.put("not yet valid", signed(of -> of.notBeforeTime(seconds(120))));
    bad.put("for another audience", signed(of -> of.audience("other")));
    bad.put("for no audience", signed(of -> of.audience(List.of())));
    bad.put("of another issuer", signed(of -> of.issuer("https://issuer.example")));
    bad.put("of no issuer", signed(of -> of.issuer(null)));
    bad.put("of another type", signed("logout+jwt", claims -> claims));
    bad.put("signed by another key", forged());
    bad.put("with another payload", good.split("\\.")[0] + "." + payload() + "." + last(good));
    bad.put("without signature", good.substring(0, good.lastIndexOf('.') + 1));
    bad.put("with alg none", new PlainJWT(claims(of -> of.claim("admin", true))).serialize());
    bad.put("with the public key as secret", confused());
    bad.put("not a token", "a.b.c");
    bad.put("a long one", "a".repeat(8_000));
    bad.put("nested", "W1tb".repeat(2_000) + "." + payload() + ".x");
    return bad;
  }

  @Test
  void aNewKeyOfTheIssuerIsFoundAndAnUnknownOneIsNot() throws Exception {
    serve(Map.of());
    String before = signed(claims -> claims);
    assertThat(get(before).statusCode()).isEqualTo(200);

    issuer.rotate();
    assertThat(get(signed(claims -> claims)).statusCode()).isEqualTo(200);
    assertThat(get(before).statusCode()).as("the key is no longer published").isEqualTo(401);

    for (int i = 0; i < 20; i++) {
      assertThat(get(signedBy("key " + i)).statusCode()).isEqualTo(401);
    }

    assertThat(get(signed(claims -> claims)).statusCode()).isEqualTo(200);
  }

  @Test
  void knownKeysOutliveAnOutageOfTheIssuer() throws Exception {
    serve(Map.of());
    issuer.close();

    assertThat(get(signed(claims -> claims)).statusCode()).isEqualTo(200);
    assertThat(get(signed(of -> of.expirationTime(seconds(-120)))).statusCode()).isEqualTo(401);
  }

  @Test
  void anIssuerThatIsNotThereYetIsAskedAgain() throws Exception {
    int port = issuer.port();
    issuer.close();
    serve(Map.of("serve.token", "{{env/PATH}}"));

    assertThat(get(System.getenv("PATH")).statusCode()).as("the other token").isEqualTo(200);
    issuer = TokenServer.start(port);
    assertThat(get(signed(claims -> claims)).statusCode()).isEqualTo(200);
    assertThat(get("neither").statusCode()).isEqualTo(401);
  }

  @Test
  void whileTheKeysCannotBeReadTokensAreNotCalledWrong() throws Exception {
    issuer.close();
    serve(Map.of());

    for (int i = 0; i < 4; i++) {
      HttpResponse<String> answer = get(signed(claims -> claims));
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Retry-After")).hasValue("30");
      assertThat(answer.body()).doesNotContain("localhost", "Exception");
    }
  }

  @Test
  void anAddressThatNamesAnotherIssuerIsAWrongSetting() {
    assertThatThrownBy(() -> serve(Map.of("serve.oidc.issuer", issuer.issuer() + "/")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("names the issuer " + issuer.issuer());
  }

  @Test
  void aRequiredScopeMayBeAScopeOrARole() throws Exception {
    serve(Map.of("serve.oidc.required-scope", "Views.Read"));

    for (UnaryOperator<JWTClaimsSet.Builder> permission :
        List.<UnaryOperator<JWTClaimsSet.Builder>>of(
            of -> of.claim("scp", "openid Views.Read"),
            of -> of.claim("scope", "Views.Read"),
            of -> of.claim("roles", List.of("Views.Read", "Views.Write")))) {
      assertThat(get(signed(permission)).statusCode()).isEqualTo(200);
    }

    for (UnaryOperator<JWTClaimsSet.Builder> permission :
        List.<UnaryOperator<JWTClaimsSet.Builder>>of(
            of -> of,
            of -> of.claim("scp", "Views.ReadWrite"),
            of -> of.claim("roles", 7),
            of -> of.claim("groups", List.of("Views.Read")))) {
      HttpResponse<String> refused = get(signed(permission));
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.headers().firstValue("WWW-Authenticate"))
          .hasValue("Bearer error=\"insufficient_scope\"");
    }
  }

  @Test
  void theSettingsAreChecked() throws Exception {
    for (String wrong :
        List.of("http://192.0.2.1/", "issuer.example", "https:///x", "file:///etc/passwd")) {
      assertThat(usage("serve.oidc.issuer=" + wrong)).contains("for serve.oidc.issuer: expected");
    }

    assertThat(usage("serve.oidc.issuer=https://issuer.example")).contains("serve.oidc.audience");
    assertThat(usage("serve.oidc.audience=x")).contains("for serve.oidc.issuer: expected");
  }

  private String usage(String setting) throws Exception {
    return InProcess.run("serve", "--bind", "0.0.0.0", "-D", setting).err();
  }

  private HttpResponse<String> get(String token) throws Exception {
    return client.send(request().header("Authorization", "Bearer " + token).build(), text());
  }

  private HttpRequest.Builder request() {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:%d/v1/views".formatted(server.port())));
  }

  private static HttpResponse.BodyHandler<String> text() {
    return HttpResponse.BodyHandlers.ofString();
  }

  private JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> change) {
    return change
        .apply(
            new JWTClaimsSet.Builder()
                .issuer(issuer.issuer())
                .audience(AUDIENCE)
                .subject("somebody")
                .notBeforeTime(seconds(-5))
                .expirationTime(seconds(600)))
        .build();
  }

  private String signed(UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
    return signed("JWT", change);
  }

  private String signed(String type, UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
    return serialized(
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .keyID(issuer.keyId())
            .type(new JOSEObjectType(type))
            .build(),
        new RSASSASigner(issuer.key().getPrivate()),
        change);
  }

  private String signedBy(String keyId) throws Exception {
    return serialized(
        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(keyId).build(),
        new RSASSASigner(issuer.key().getPrivate()),
        claims -> claims);
  }

  private String forged() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return serialized(
        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(issuer.keyId()).build(),
        new RSASSASigner(generator.generateKeyPair().getPrivate()),
        claims -> claims);
  }

  /** A token whose algorithm is changed to HMAC, with the public key as the secret. */
  private String confused() throws Exception {
    return serialized(
        new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(issuer.keyId()).build(),
        new MACSigner(issuer.key().getPublic().getEncoded()),
        claims -> claims);
  }

  private String serialized(
      JWSHeader header, JWSSigner signer, UnaryOperator<JWTClaimsSet.Builder> change)
      throws Exception {
    SignedJWT token = new SignedJWT(header, claims(change));
    token.sign(signer);
    return token.serialize();
  }

  private String payload() {
    return claims(of -> of.subject("somebody else")).toPayload().toBase64URL().toString();
  }

  private static String last(String token) {
    return token.substring(token.lastIndexOf('.') + 1);
  }

  private static Date seconds(long fromNow) {
    return Date.from(Instant.now().plusSeconds(fromNow));
  }
}
