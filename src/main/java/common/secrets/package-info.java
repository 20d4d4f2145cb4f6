/**
 * Resolves references to secrets in the environment, Key Vault, Databricks and Synapse.
 *
 * <p>The syntax of references is a fixed contract with configuration files. No secret may appear in
 * a message. The package depends only on {@code common}; libraries of Databricks and Synapse are
 * called by reflection.
 */
package common.secrets;
