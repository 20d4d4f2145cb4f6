package common.settings;

/** What happens when something is found that must not go unnoticed. */
public enum Policy {
  fail,
  warn
}
