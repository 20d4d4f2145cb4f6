package serving.server;

import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules for requests of every route: security headers, no methods other than GET and HEAD, no
 * bodies, and problem details for every error.
 */
final class RequestGuard {
  private static final Logger LOG = LoggerFactory.getLogger(RequestGuard.class);
  private static final Set<HandlerType> METHODS = Set.of(HandlerType.GET, HandlerType.HEAD);

  private RequestGuard() {}

  static void protect(Javalin http) {
    http.before(RequestGuard::check);
    http.exception(HttpResponseException.class, RequestGuard::refused);
    http.exception(Exception.class, RequestGuard::failed);
    http.error(404, RequestGuard::notFound);
  }

  private static void check(Context context) {
    SecurityHeaders.of(context.req()).forEach(context::header);
    if (!METHODS.contains(context.method())) {
      context.header("Allow", "GET, HEAD");
      refuse(context, new Problem(405, "Only GET and HEAD are allowed", "METHOD_NOT_ALLOWED"));
    } else if (hasBody(context)) {
      refuse(context, new Problem(413, "Requests must not have a body", "BODY_NOT_ALLOWED"));
    }
  }

  private static boolean hasBody(Context context) {
    return context.req().getContentLengthLong() > 0 || context.header("Transfer-Encoding") != null;
  }

  /** The rest of the request is not read. */
  private static void refuse(Context context, Problem problem) {
    context.header("Connection", "close");
    problem.refuse(context);
  }

  private static void refused(HttpResponseException error, Context context) {
    Problem.ofStatus(error.getStatus()).send(context);
  }

  private static void failed(Exception error, Context context) {
    Problem problem = Problem.of(error);
    // The detail of an expected problem is its message. Such problems are not logged, because there
    // may be many.
    if (problem.status() >= 500 && !problem.detail().equals(error.getMessage())) {
      LOG.error("{} {}", context.method(), context.path(), error);
    }

    problem.send(context);
  }

  private static void notFound(Context context) {
    if (!Problem.MEDIA_TYPE.equals(context.res().getContentType())) {
      Problem.notFound().send(context);
    }
  }
}
