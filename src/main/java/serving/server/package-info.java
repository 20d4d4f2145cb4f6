/**
 * The HTTP server behind the {@code serve} command: the unified view, which a {@link
 * serving.query.QueryEngine} reads, and the web page that shows it.
 *
 * <p>Every request sees one {@link serving.query.Layers consistent state} of the layers. Values of
 * a request are never inserted into SQL: keys, times and cursors are parameters or typed literals.
 *
 * <p>{@link serving.server.HttpTransport} limits connections, {@link serving.server.RequestGuard}
 * checks every request, and {@link serving.server.Access} checks requests for data. Only this
 * package may use the HTTP and token libraries.
 */
package serving.server;
