/**
 * The application's own metrics, and how they are exposed: a Prometheus endpoint, a file for the
 * textfile collector, and Spark's metric system. Depends only on {@code settings}, so that every
 * other package may report to it; no other package may use the client libraries.
 */
package common.telemetry;
