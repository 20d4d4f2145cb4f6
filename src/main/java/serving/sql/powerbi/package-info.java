/**
 * Generates a Power BI project of a view: a semantic model over the unified view in a serverless
 * pool, and an empty report.
 *
 * <p>Names of tables, columns and measures are a contract with the reports of users. Only {@link
 * ProjectFolder} touches a disk.
 */
package serving.sql.powerbi;
