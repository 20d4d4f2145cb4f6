/**
 * The HTTP server behind the {@code serve} command: the unified view of a local lake, which DuckDB
 * reads from the files of Delta snapshots, and the web page that shows it.
 *
 * <p>Every request sees one {@link serving.query.Layers consistent state} of the layers. Values of
 * a request are never inserted into SQL: keys, times and cursors are bound as parameters.
 *
 * <p>{@link serving.server.HttpTransport} limits connections, {@link serving.server.RequestGuard}
 * checks every request, and {@link serving.server.Access} those for data. Only this package may use
 * the HTTP library and the one for tokens.
 */
package serving.server;
