/**
 * Generates a Power BI project for a view: a semantic model over the unified view in a serverless
 * pool, and an empty report.
 *
 * <p>Names of tables, columns and measures are a contract with users' reports. Only {@link
 * ProjectFolder} accesses a disk.
 */
package serving.sql.powerbi;
