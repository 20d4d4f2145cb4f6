/**
 * Generates the SQL of the unified view, one {@link Dialect} per engine, and the T-SQL to set it
 * up.
 *
 * <p>Names and columns of the generated views are a contract with their users. This package only
 * generates text: it runs no statements and depends on no other package of this layer.
 */
package serving.sql;
