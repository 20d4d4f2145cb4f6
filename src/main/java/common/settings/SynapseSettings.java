package common.settings;

/** The section {@code serving.synapse}: existing objects that the generated T-SQL refers to. */
public record SynapseSettings(
    String schema,
    String dataSource,
    String cosmosAccount,
    String cosmosDatabase,
    String cosmosCredential) {
  static SynapseSettings read(Section synapse) {
    return new SynapseSettings(
        synapse.text("schema"),
        synapse.text("data-source"),
        synapse.text("cosmos-account"),
        synapse.text("cosmos-database"),
        synapse.text("cosmos-credential"));
  }
}
