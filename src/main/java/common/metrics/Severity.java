package common.metrics;

/** How urgent an anomaly level is, from least to most; named as in the configuration. */
public enum Severity {
  info,
  warning,
  critical
}
