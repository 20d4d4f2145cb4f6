/**
 * The HTTP server behind the {@code serve} command: the unified view of a local lake, answered by
 * DuckDB from the files of Delta snapshots, and the web page over it.
 *
 * <p>Every request sees one {@link serving.query.Layers consistent state} of the layers. Nothing
 * from a request becomes SQL: keys, times and cursors are parameters. Only this package may know
 * the HTTP library.
 */
package serving.server;
