/** Generates Databricks metric views. */
package serving.sql.databricks;
