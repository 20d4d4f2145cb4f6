package serving.server;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import common.ErrorCode;
import common.Failure;
import common.settings.OidcSettings;
import java.text.ParseException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the access tokens (JWT) of an OpenID Connect issuer: signature, issuer, audience,
 * validity period and, if required, scope or role.
 */
final class AccessTokens {
  private static final Logger LOG = LoggerFactory.getLogger(AccessTokens.class);
  private static final Duration CACHED = Duration.ofMinutes(5);
  private static final Duration WAIT_FOR_KEYS = Duration.ofSeconds(10);
  private static final Duration OUTAGE = Duration.ofHours(4);

  /**
   * Only asymmetric signatures that the JDK can verify. The algorithm none is excluded, and so is
   * HMAC, because an attacker could use the public key as the HMAC secret.
   */
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private final OidcSettings settings;
  private final IssuerKeys keys;
  private final JWKSource<SecurityContext> source;
  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

  AccessTokens(OidcSettings settings) {
    this.settings = settings;
    this.keys = new IssuerKeys(settings.issuer());
    // Tokens with unknown keys cause at most two requests to the issuer in 30 seconds.
    this.source =
        JWKSourceBuilder.create(keys)
            .cache(CACHED.toMillis(), WAIT_FOR_KEYS.toMillis())
            .refreshAheadCache(false)
            .rateLimited(true)
            .outageTolerant(OUTAGE.toMillis())
            .build();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, source));
    DefaultJWTClaimsVerifier<SecurityContext> claims =
        new DefaultJWTClaimsVerifier<>(
            settings.audience(),
            new JWTClaimsSet.Builder().issuer(settings.issuer().toString()).build(),
            Set.of("exp"));
    claims.setMaxClockSkew(Math.toIntExact(settings.clockSkew().toSeconds()));
    processor.setJWTClaimsSetVerifier(claims);
  }

  /** The result of verifying a token. */
  enum Verdict {
    ACCEPTED,
    INVALID,
    /** Valid, but without the required scope or role. */
    INSUFFICIENT_SCOPE,
    /** The issuer's keys cannot be read at the moment. */
    UNVERIFIABLE
  }

  /**
   * Reads the keys for the first time. If the issuer does not respond, tokens are refused as
   * unverifiable until the keys can be read.
   *
   * @throws Failure when something else responds
   */
  void readKeys() {
    try {
      source.get(new JWKSelector(new JWKMatcher.Builder().build()), null);
    } catch (IssuerKeys.WrongIssuerException wrong) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID,
          "Invalid value '%s' for serve.oidc.issuer: %s"
              .formatted(settings.issuer(), wrong.getMessage()),
          wrong);
    } catch (KeySourceException unavailable) {
      LOG.warn("Tokens of {} are refused until its keys can be read", settings.issuer());
    }
  }

  Verdict verify(String token) {
    try {
      JWTClaimsSet claims = processor.process(token, null);
      return settings
              .requiredScope()
              .filter(scope -> !permissions(claims).contains(scope))
              .isEmpty()
          ? Verdict.ACCEPTED
          : Verdict.INSUFFICIENT_SCOPE;
    } catch (RateLimitReachedException unknownKey) {
      return keys.areAvailable() ? Verdict.INVALID : Verdict.UNVERIFIABLE;
    } catch (KeySourceException unavailable) {
      return Verdict.UNVERIFIABLE;
    } catch (ParseException | BadJOSEException | JOSEException invalid) {
      return Verdict.INVALID;
    }
  }

  /** Scopes (RFC 9068; scp in Entra ID) and application roles. */
  private static Set<String> permissions(JWTClaimsSet claims) {
    return Stream.of("scope", "scp", "roles")
        .flatMap(name -> Optional.ofNullable(claims.getClaim(name)).stream())
        .flatMap(
            value ->
                value instanceof Collection<?> several
                    ? several.stream().map(String::valueOf)
                    : Stream.of(value.toString().split(" ")))
        .collect(Collectors.toSet());
  }
}
