/**
 * Generates the SQL of the unified view, one {@link Dialect} per engine, and the T-SQL to set it
 * up.
 *
 * <p>Names and columns of the generated views are a contract with their users. Only text is
 * generated: no statement is run here, and no other package of this layer is known.
 */
package serving.sql;
