package common.settings;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;

/**
 * The section {@code serve.oidc}: the OpenID Connect issuer whose access tokens are accepted.
 *
 * @param audience required audience of the tokens
 * @param requiredScope scope or role that tokens must have; empty if they need none
 * @param clockSkew maximum difference between the clocks of issuer and server
 */
public record OidcSettings(
    URI issuer, String audience, Optional<String> requiredScope, Duration clockSkew) {
  private static final String ISSUER = "issuer";

  /** Reads the section; empty if no issuer is configured. */
  static Optional<OidcSettings> read(Section oidc) {
    if (oidc.optionalText(ISSUER).isBlank()) {
      if (!oidc.optionalText("audience").isBlank()) {
        throw oidc.invalid(ISSUER, "the issuer of the tokens for serve.oidc.audience");
      }

      return Optional.empty();
    }

    return Optional.of(
        new OidcSettings(
            issuer(oidc),
            oidc.text("audience"),
            Optional.of(oidc.optionalText("required-scope")).filter(scope -> !scope.isBlank()),
            oidc.notNegative("clock-skew")));
  }

  private static URI issuer(Section oidc) {
    try {
      URI issuer = URI.create(oidc.text(ISSUER));
      boolean web = "https".equals(issuer.getScheme()) || "http".equals(issuer.getScheme());
      if (web
          && issuer.getHost() != null
          && issuer.getQuery() == null
          && issuer.getFragment() == null
          && ("https".equals(issuer.getScheme()) || isLoopback(issuer.getHost()))) {
        return issuer;
      }
    } catch (IllegalArgumentException malformed) {
      throw invalid(oidc);
    }

    throw invalid(oidc);
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }

  private static RuntimeException invalid(Section oidc) {
    return oidc.invalid(
        ISSUER, "an address such as https://login.microsoftonline.com/TENANT/v2.0, with https");
  }
}
