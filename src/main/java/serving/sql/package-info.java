/**
 * Generates the SQL of the unified view, one {@link Dialect} per engine, the T-SQL to set it up,
 * and definitions with which BI tools aggregate the view correctly (one subpackage per tool).
 *
 * <p>Names and columns of the generated views are a contract with their users. These packages only
 * generate text, run no statements, and depend on no other package of this layer.
 */
package serving.sql;
