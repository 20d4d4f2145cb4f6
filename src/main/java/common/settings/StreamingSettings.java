package common.settings;

/**
 * The section {@code streaming}: the safeguards of every streaming query, in ingest and in the
 * speed job.
 *
 * @param sourcePolicy applies when the source or the table does not match the checkpoint
 * @param ledgerPolicy applies when the record counts of a micro-batch do not add up
 */
public record StreamingSettings(Policy sourcePolicy, Policy ledgerPolicy) {
  static StreamingSettings read(Section streaming) {
    return new StreamingSettings(
        streaming.oneOf("source-policy", Policy.values()),
        streaming.oneOf("ledger-policy", Policy.values()));
  }
}
