package common.settings;

/**
 * The section {@code streaming}: how every streaming query, of ingest and of the speed job, is
 * guarded.
 *
 * @param sourcePolicy when the source or the table is not what the checkpoint knows
 * @param ledgerPolicy when the records of a micro-batch do not add up
 */
public record StreamingSettings(Policy sourcePolicy, Policy ledgerPolicy) {
  static StreamingSettings read(Section streaming) {
    return new StreamingSettings(
        streaming.oneOf("source-policy", Policy.values()),
        streaming.oneOf("ledger-policy", Policy.values()));
  }
}
