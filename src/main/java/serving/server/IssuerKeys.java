package serving.server;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jose.util.ResourceRetriever;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the public keys of an OpenID Connect issuer. The address of the keys is in the issuer's
 * metadata (OpenID Connect Discovery 1.0, section 4), which is also reread each time, because the
 * address may change.
 */
final class IssuerKeys implements JWKSetSource<SecurityContext> {
  private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);
  private static final int CONNECT_MILLIS = 2_000;
  private static final int READ_MILLIS = 3_000;
  private static final int MOST_BYTES = 256 * 1024;

  private final URI issuer;
  private final ResourceRetriever http =
      new DefaultResourceRetriever(CONNECT_MILLIS, READ_MILLIS, MOST_BYTES);
  private volatile boolean available;

  IssuerKeys(URI issuer) {
    this.issuer = issuer;
  }

  /** The metadata names an issuer other than the configured one. */
  static final class WrongIssuerException extends JWKSetUnavailableException {
    WrongIssuerException(String message) {
      super(message);
    }
  }

  /** Whether the last attempt to read the keys succeeded. */
  boolean areAvailable() {
    return available;
  }

  @Override
  public JWKSet getJWKSet(
      JWKSetCacheRefreshEvaluator refresh, long currentTime, SecurityContext context)
      throws JWKSetUnavailableException {
    try {
      JWKSet keys = JWKSet.parse(read(address()));
      available = true;
      return keys;
    } catch (IOException | ParseException | IllegalArgumentException failed) {
      available = false;
      LOG.warn("Cannot read the keys of {}: {}", issuer, failed.toString());
      throw new JWKSetUnavailableException("No keys of " + issuer, failed);
    }
  }

  private URI address() throws IOException, ParseException, WrongIssuerException {
    URI metadata =
        URI.create(issuer.toString().replaceFirst("/$", "") + "/.well-known/openid-configuration");
    Map<String, Object> members = JSONObjectUtils.parse(read(metadata));
    String named = JSONObjectUtils.getString(members, "issuer");
    if (!issuer.toString().equals(named)) {
      available = false;
      LOG.warn("{} names the issuer {}", metadata, named);
      throw new WrongIssuerException("%s names the issuer %s".formatted(metadata, named));
    }

    URI keys = JSONObjectUtils.getURI(members, "jwks_uri");
    if (keys == null || !issuer.getScheme().equals(keys.getScheme())) {
      throw new ParseException("jwks_uri is missing, or its scheme differs from the issuer's", 0);
    }

    return keys;
  }

  private String read(URI address) throws IOException {
    return http.retrieveResource(address.toURL()).getContent();
  }

  @Override
  public void close() {}
}
