/** Generates the metric view of a view, for Databricks. */
package serving.sql.databricks;
