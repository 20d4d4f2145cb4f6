/**
 * The Cosmos DB sink and the statements that create its containers.
 *
 * <p>Containers, document ids and fields are a fixed contract: {@code serving.sql} reads them. The
 * connector is not on the compile class path, and is used only through Spark options and its
 * catalog.
 */
package speed.sink.cosmos;
